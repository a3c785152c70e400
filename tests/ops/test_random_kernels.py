"""Seeded draws against TensorFlow's; see tests/golden/random/generate_random_kernels.py."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evergraph.base import errors
from evergraph.kernels import random_bounded, random_draws, random_rejection, random_transforms
from evergraph.kernels.random_philox import (
    PhiloxState,
    PhiloxStream,
    philox_block,
    stateless_stream,
)

GOLDEN = dict(np.load(Path(__file__).parents[1] / "golden/random/random_kernels.npz"))
SEED, SEED2 = 87654321, 7
FLOATS = {
    "RandomUniform": random_draws.uniform,
    "RandomStandardNormal": random_draws.normal,
    "TruncatedNormal": random_draws.truncated_normal,
    "StatelessRandomUniform": random_draws.uniform,
    "StatelessRandomNormal": random_draws.normal,
    "StatelessTruncatedNormal": random_draws.truncated_normal,
}


def names(prefix: str) -> list[str]:
    return [name for name in GOLDEN if name.startswith(prefix)]


def assert_close(got: torch.Tensor, want: np.ndarray) -> None:
    values = (got.float() if got.dtype == torch.bfloat16 else got).numpy()
    assert values.shape == want.shape
    if values.dtype == np.float64:
        # NumPy's sine and logarithm are not the same on all processors.
        np.testing.assert_array_max_ulp(values, want, 2)
    else:
        np.testing.assert_array_equal(values, want)


def test_block_is_the_published_test_vector():
    # Random123's known answers for philox4x32-10.
    ones = (1 << 128) - 1
    assert philox_block(0, 0) == (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)
    assert philox_block(ones >> 64, ones) == (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)


@settings(max_examples=20, deadline=None)
@given(
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**128 - 1),
    st.lists(st.integers(0, 2**62), min_size=1, max_size=9),
)
def test_array_blocks_are_single_blocks(key, counter, offsets):
    stream = PhiloxStream.start(key, counter)
    blocks = stream.blocks_at(np.array(offsets, np.uint64))
    expected = [philox_block(key, (counter + offset) % 2**128) for offset in offsets]
    assert blocks.tolist() == [list(block) for block in expected]


def test_blocks_carry_into_the_upper_half_of_the_counter():
    stream = PhiloxStream.start(5, 2**64 - 2)
    assert stream.blocks(6).tolist() == [list(philox_block(5, 2**64 - 2 + i)) for i in range(6)]
    assert stream.skip(3).counter == 2**64 + 1


def test_transforms_at_the_ends_of_their_ranges():
    ends = np.float32([1e-7, 0.5, 1 - 2**-23])
    logs = random_transforms.log(ends)
    np.testing.assert_array_max_ulp(logs, np.log(ends.astype(float)).astype("f"), 1)
    angles = np.float32([0, 2**-20, np.pi / 4, np.pi / 2, np.pi, 3 * np.pi / 2, 2 * np.pi])
    sin, cos = random_transforms.sin_and_cos(angles)
    wide = angles.astype(float)
    np.testing.assert_allclose(cos, np.cos(wide), rtol=0, atol=6e-8)
    np.testing.assert_allclose(sin, np.sin(wide), rtol=0, atol=6e-8)


@pytest.mark.parametrize("name", [n for n in GOLDEN if n.split()[0] in FLOATS])
def test_floats(name):
    op, *rest = name.split()
    want = GOLDEN[name]
    if op.startswith("Stateless"):
        stream = stateless_stream((-5, 7) if len(rest) > 2 else (-5, 2**40 + 3))
        assert_close(FLOATS[op](stream, [11], getattr(torch, rest[0])), want[0])
        return
    dtype, size = (rest[0], int(rest[1])) if len(rest) > 1 else ("float32", 1000000)
    state = PhiloxState(SEED, SEED2)
    for run in want:
        got = FLOATS[op](state.reserve_outputs(size), [size], getattr(torch, dtype))
        assert_close(got[::997] if size == 1000000 else got, run)


@pytest.mark.parametrize("name", names("RandomUniformInt") + names("StatelessRandomUniformInt"))
def test_integers(name):
    op, dtype, low, high = name.split()
    state = PhiloxState(SEED, SEED2)
    for run in GOLDEN[name]:
        stateless = op.startswith("Stateless")
        stream = stateless_stream((2, 3)) if stateless else state.reserve_outputs(run.size)
        dtype_ = getattr(torch, dtype)
        got = random_draws.uniform_int(stream, run.shape, int(low), int(high), dtype_)
        assert got.dtype == dtype_
        np.testing.assert_array_equal(got, run)


@pytest.mark.parametrize("name", names("Multinomial") + names("StatelessMultinomial"))
def test_categorical(name):
    op, dtype, count = name.split()
    logits = np.log([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [1e-9, 0.5, 0.5, 1e-9]])
    logits[2, 0] = -np.inf
    logits = torch.from_numpy(logits.astype(dtype))
    state = PhiloxState(SEED, SEED2)
    for run in GOLDEN[name]:
        stateless = op.startswith("Stateless")
        reserved = 3 * ((int(count) + 3) // 4 * 4) * 2
        stream = stateless_stream((2, 3)) if stateless else state.reserve_outputs(reserved)
        got = random_draws.categorical(stream, logits, int(count), torch.int64)
        np.testing.assert_array_equal(got, run)


@pytest.mark.parametrize("name", names("RandomShuffle"))
def test_permutation(name):
    size = int(name.split()[1])
    state = PhiloxState(SEED, SEED2)
    for run in GOLDEN[name]:
        np.testing.assert_array_equal(
            random_draws.permutation(state.reserve_words(size - 1), size), run
        )


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_gamma(dtype):
    alpha = torch.from_numpy(np.array([[0.05, 0.5, 1.0], [1.3, 7.0, 900.0]], dtype))
    state = PhiloxState(SEED, SEED2)
    for run in GOLDEN[f"RandomGamma {dtype}"]:
        got = random_rejection.gamma(state.reserve_outputs(run.size), [50, 2], alpha)
        # TensorFlow flushes denormals to zero.
        np.testing.assert_allclose(got, run, rtol=1e-6 if dtype == "float32" else 1e-14, atol=1e-38)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_poisson(dtype):
    rate = np.array([0.0, 0.3, 1.0, 9.9, 10.0, 11.5, 400.0, 60000.0], dtype)
    rate = torch.from_numpy(rate)
    state = PhiloxState(SEED, SEED2)
    for run in GOLDEN[f"RandomPoissonV2 {dtype}"]:
        stream = state.reserve_outputs(run.size)
        np.testing.assert_array_equal(
            random_rejection.poisson(stream, [100], rate, rate.dtype), run
        )


INF = np.inf
BOUNDED = {
    "wide": ([7, 30], 0.5, 2.0, -3.0, 5.0),
    "uniform": ([210], 0.0, 1.0, -0.5, 0.7),
    "uniform right": ([210], 0.0, 1.0, 1.0, 1.5),
    "exponential": ([210], 0.0, 1.0, 3.0, INF),
    "exponential left": ([210], 0.0, 1.0, -INF, -3.0),
    "one-sided": ([210], 1.0, 3.0, 0.0, INF),
    "per batch": (
        [4, 9],
        [0.0, 1.0, 2.0, 3.0],
        [1.0, 2.0, 0.5, 1.0],
        [-1.0, -INF, 0.0, 5.0],
        [1.0, 0.0, INF, 9.0],
    ),
    "vector of one": ([3, 50], [0.0], [1.0], [-1.0], [1.0]),
}


@pytest.mark.parametrize("name", names("ParameterizedTruncatedNormal"))
def test_bounded_normal(name):
    _, dtype, label = name.split(" ", 2)
    shape, *values = BOUNDED[label]
    parameters = [torch.from_numpy(np.array(value, dtype)) for value in values]
    want = GOLDEN[name]
    size = want[0].size
    batches, each = shape[0], size // shape[0]
    if parameters[2].ndim == 0:
        batches, each = -(-size // 100), 100
    state = PhiloxState(SEED, SEED2)
    for run in want:
        stream = state.reserve(batches * 2 * 1000 * (each + 3) // 4)
        got = random_bounded.bounded_normal(stream, batches, each, size, parameters)
        np.testing.assert_allclose(
            got.reshape(shape), run, rtol=1e-7 if dtype != "float64" else 1e-15
        )


@pytest.mark.parametrize("values", [(0, -1, 0, 1), (0, 1, 1, 1), (0, 1, -INF, INF)])
def test_bounded_normal_refuses_impossible_parameters(values):
    parameters = [torch.tensor(float(v)) for v in values]
    with pytest.raises(errors.InvalidArgumentError, match="Invalid parameters"):
        random_bounded.bounded_normal(PhiloxStream.start(1, 0), 1, 100, 5, parameters)


@pytest.mark.parametrize("inference", [False, True])
def test_large_draws_are_made_in_pieces(inference):
    stream = PhiloxStream.start(3, 0)
    for draw in (random_draws.uniform, random_draws.normal, random_draws.truncated_normal):
        with torch.inference_mode(inference):
            whole = draw(stream, [70001], torch.float32)
        groups = 70000 // 4
        skipped = groups * 256 if draw is random_draws.truncated_normal else groups
        assert whole.shape == (70001,)
        assert torch.equal(whole[70000:], draw(stream.skip(skipped), [1], torch.float32))


def test_empty_shapes():
    stream = PhiloxStream.start(1, 0)
    for draw in FLOATS.values():
        assert draw(stream, [0, 3], torch.float32).shape == (0, 3)
    assert random_draws.uniform_int(stream, [0], 0, 5, torch.int32).shape == (0,)
    assert random_draws.permutation(stream, 0).shape == (0,)
