"""Random ops as nodes: shapes, messages and kernels, against what TensorFlow 1.15.5 does."""

import zlib
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from evergraph.base import dtypes, errors
from evergraph.graph.apply import apply_op
from evergraph.graph.graph import Graph
from evergraph.graph.registry import lookup
from evergraph.kernels.random_philox import PhiloxState
from evergraph.ops import random, random_arguments, stateless_random
from evergraph.ops.shape_rules import text


class Session:
    """Stands for the session's state in calls of kernels."""

    def __init__(self) -> None:
        self.slots: dict[Any, Any] = {}

    def slot(self, key: Any, make: Any) -> Any:
        if key not in self.slots:
            self.slots[key] = make()
        return self.slots[key]


needs_constants = pytest.mark.skipif(
    lookup("Const") is None, reason="the Const entry is not there yet"
)


def keywords(**attrs: Any) -> dict[str, Any]:
    return {"seed": 0, "seed2": 0, "node": SimpleNamespace(name="n"), "session": Session()} | attrs


@pytest.fixture(autouse=True)
def graph():
    with Graph().as_default() as g:
        yield g


@needs_constants
@pytest.mark.parametrize(
    "name, inputs, attrs, shape",
    [
        ("RandomUniform", ([2, 3],), {"dtype": dtypes.float32}, "[2,3]"),
        ("RandomUniform", ([-1],), {"dtype": dtypes.float32}, "[?]"),
        ("RandomUniformInt", ([2], 0, 5), {}, "[2]"),
        ("ParameterizedTruncatedNormal", ([0, 3], 0.0, 1.0, 0.0, 1.0), {}, "[0,3]"),
        ("RandomGamma", ([2], [1.0, 2.0]), {}, "[2,2]"),
        ("RandomPoissonV2", ([2, 1], [[1.0, 2.0]]), {}, "[2,1,1,2]"),
        ("Multinomial", ([[1.0], [2.0]], 3), {}, "[2,3]"),
        ("RandomShuffle", ([[1, 2, 3]],), {}, "[1,3]"),
        ("StatelessRandomUniform", ([2, 3], [1, 2]), {}, "[2,3]"),
        ("StatelessRandomUniformInt", ([2, 3], [1, 2], 0, 4), {}, "[2,3]"),
        ("StatelessMultinomial", ([[1.0]], 2, [1, 2]), {}, "[1,2]"),
    ],
)
def test_static_shape(name, inputs, attrs, shape):
    assert text(apply_op(name, *inputs, **attrs).dims) == shape


@needs_constants
@pytest.mark.parametrize(
    "name, inputs, attrs, message",
    [
        (
            "RandomUniform",
            (5,),
            {"dtype": dtypes.float32},
            "Shape must be rank 1 but is rank 0 for 'RandomUniform' (op: 'RandomUniform') with "
            "input shapes: [].",
        ),
        (
            "RandomUniformInt",
            ([2], [1], 2),
            {},
            "Shape must be rank 0 but is rank 1 for 'RandomUniformInt' (op: 'RandomUniformInt') "
            "with input shapes: [1], [1], [].",
        ),
        (
            "ParameterizedTruncatedNormal",
            ([2], [[1.0]], 1.0, 0.0, 1.0),
            {},
            "Shape must be at most rank 1 but is rank 2 for 'ParameterizedTruncatedNormal' (op: "
            "'ParameterizedTruncatedNormal') with input shapes: [1], [1,1], [], [], [].",
        ),
        (
            "Multinomial",
            ([[1.0]], -2),
            {},
            "Dimension size, given by scalar input 1, must be non-negative but is -2 for "
            "'Multinomial' (op: 'Multinomial') with input shapes: [1,1], [] and with computed "
            "input tensors: input[1] = <-2>.",
        ),
        (
            "StatelessRandomUniform",
            ([2], [1, 2, 3]),
            {},
            "Dimension must be 2 but is 3 for 'StatelessRandomUniform' (op: "
            "'StatelessRandomUniform') with input shapes: [1], [3].",
        ),
    ],
)
def test_static_shape_errors(name, inputs, attrs, message):
    with pytest.raises(ValueError) as caught:
        apply_op(name, *inputs, **attrs)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "name, inputs, attrs, message",
    [
        ("RandomUniform", (3,), {}, "shape must be a vector of {int32,int64}, got shape []"),
        (
            "RandomUniform",
            (((2,),),),
            {},
            "shape must be a vector of {int32,int64}, got shape [1,1]",
        ),
        ("RandomUniform", ((-1,),), {}, "Dimension -1 must be >= 0"),
        ("RandomUniformInt", ((2,), (1,), 2), {}, "minval must be 0-D, got shape [1]"),
        ("RandomUniformInt", ((2,), 5, 2), {}, "Need minval < maxval, got 5 >= 2"),
        ("Multinomial", (torch.ones(1), 2), {}, "logits should be a matrix, got shape [1]"),
        (
            "Multinomial",
            (torch.ones(1, 1), (2,)),
            {},
            "num_samples should be a scalar, got shape [1]",
        ),
        ("Multinomial", (torch.ones(1, 1), -2), {}, "num_samples should be nonnegative, got -2"),
        ("Multinomial", (torch.ones(1, 0), 2), {}, "num_classes should be positive, got 0"),
        (
            "ParameterizedTruncatedNormal",
            ((2,), *map(torch.tensor, ([1.0, 2.0, 3.0], 1.0, 0.0, 1.0))),
            {},
            "Input means should have length 1 or shape[0], got shape: [3]",
        ),
        (
            "ParameterizedTruncatedNormal",
            ((2,), *map(torch.tensor, (1.0, [[1.0]], 0.0, 1.0))),
            {},
            "Input stddevs should be a scalar or vector, got shape: [1,1]",
        ),
        (
            "ParameterizedTruncatedNormal",
            (2, *map(torch.tensor, (0.0, 1.0, 0.0, 1.0))),
            {},
            "Input shape should be a vector, got shape: []",
        ),
    ],
)
def test_kernel_errors(name, inputs, attrs, message):
    extra = {
        "RandomUniform": {"dtype": dtypes.float32},
        "RandomUniformInt": {"Tout": dtypes.int32},
        "Multinomial": {"output_dtype": dtypes.int64},
    }.get(name, {})
    with pytest.raises(errors.InvalidArgumentError) as caught:
        lookup(name).torch_kernel(*inputs, **keywords(**extra))
    assert caught.value.message == message


def test_stateless_kernel_refuses_other_seeds():
    with pytest.raises(errors.InvalidArgumentError, match=r"seed must have shape \[2\], not \[3\]"):
        stateless_random.stateless_random_uniform_op.torch_kernel(
            (2,), (1, 2, 3), dtype=dtypes.float32
        )


def test_a_session_continues_a_nodes_stream():
    kernel = random.random_uniform_op.torch_kernel
    common = keywords(seed=1, seed2=2, dtype=dtypes.float32)
    first, second = kernel((3,), **common), kernel((3,), **common)
    assert not torch.equal(first, second)
    again = kernel((3,), **(common | {"session": Session()}))
    assert torch.equal(first, again)


def test_unseeded_values_have_the_right_distribution():
    common = keywords(dtype=dtypes.float32)
    uniform = random.random_uniform_op.torch_kernel((20000,), **common)
    assert 0 <= uniform.min() and uniform.max() < 1 and abs(uniform.mean() - 0.5) < 0.02
    normal = random.random_standard_normal_op.torch_kernel((20000,), **common)
    assert abs(normal.mean()) < 0.05 and abs(normal.std() - 1) < 0.05
    cut = random.truncated_normal_op.torch_kernel((20000,), **common)
    # The deviation of a normal value cut at two deviations is 0.8796.
    assert cut.abs().max() <= 2 and abs(cut.std() - 0.8796) < 0.03
    whole = random.random_uniform_int_op.torch_kernel((1000,), -3, 4, **keywords(Tout=dtypes.int32))
    assert sorted(set(whole.tolist())) == [-3, -2, -1, 0, 1, 2, 3]
    assert whole.dtype == torch.int32
    empty = random.random_uniform_int_op.torch_kernel((0,), 5, 2, **keywords(Tout=dtypes.int64))
    assert empty.shape == (0,)


def test_shuffle_moves_rows():
    x = np.arange(10).reshape(5, 2)
    for seed in (0, 7):
        common = keywords(seed=seed)
        got = random.random_shuffle_op.torch_kernel(torch.from_numpy(x), **common).numpy()
        assert sorted(map(tuple, got)) == sorted(map(tuple, x))
        words = np.array([b"a", b"b", b"c"], object)
        assert sorted(random.random_shuffle_op.numpy_kernel(words, **common)) == list(words)
    # tf.random_shuffle(..., seed=7)
    got = random.random_shuffle_op.torch_kernel(
        torch.from_numpy(x), **keywords(seed=87654321, seed2=7)
    )
    assert got.tolist()[:3] == [[4, 5], [8, 9], [6, 7]]
    scalar = torch.tensor(3)
    assert random.random_shuffle_op.torch_kernel(scalar, **keywords()) == 3


def test_shuffle_of_many_rows():
    # tf.random_shuffle(tf.range(30000), seed=7)
    order = torch.arange(30000, dtype=torch.int32)
    got = random.random_shuffle_op.torch_kernel(order, **keywords(seed=87654321, seed2=7)).numpy()
    assert got[:6].tolist() == [9687, 12668, 7129, 25072, 19976, 7898]
    assert zlib.crc32(got.tobytes()) == 4048147115


def test_multinomial_of_impossible_rows():
    # TensorFlow answers with a class that is not there.
    logits = torch.tensor([[-np.inf, -np.inf], [np.nan, 1.0]])
    got = random.multinomial_op.torch_kernel(
        logits, 3, **keywords(output_dtype=dtypes.int32, seed=1)
    )
    assert got.tolist() == [[2, 2, 2], [1, 1, 1]]
    assert got.dtype == torch.int32


def test_gamma_and_poisson_of_odd_parameters():
    gamma = random.random_gamma_op.torch_kernel(
        (2,), torch.tensor([0.0, 1e-8, -1.0]), **keywords(seed=1)
    )
    assert gamma[:, :2].tolist() == [[0, 0], [0, 0]]
    assert gamma[:, 2].isnan().all()
    poisson = random.random_poisson_v2_op.torch_kernel(
        (1,), torch.tensor([-1.0, np.inf]), **keywords(seed=1, dtype=dtypes.float32)
    )
    assert poisson[0, 0] == 0 and poisson[0, 1].isnan()


def test_gamma_derivative():
    # tf.raw_ops.RandomGammaGrad in float64.
    alpha = torch.tensor([0.1, 1, 5, 100.0, 1e-3, 20.0, 2.0]).double()
    sample = torch.tensor([0.3, 2, 1, 130.0, 0.1, 0.0, 1e-10]).double()
    want = [
        4.006480418404666,
        1.6316914623496996,
        0.414688247689627,
        1.1388044458372264,
        201.6055081991441,
        0.0,
        1.1974317786122731e-09,
    ]
    got = random.random_gamma_grad_op.torch_kernel(alpha, sample)
    np.testing.assert_allclose(got, want, rtol=1e-6)


def test_host_dims():
    assert random_arguments.host_dims(3) == ()
    assert random_arguments.host_dims((3, 4)) == (2,)
    assert random_arguments.host_dims(((3,), (4,))) == (2, 1)


def test_state_without_seeds_is_random():
    states = [
        random_arguments.state_of(SimpleNamespace(name="n"), Session(), 0, 0) for _ in range(2)
    ]
    assert isinstance(states[0], PhiloxState)
    assert states[0].reserve(1) != states[1].reserve(1)
