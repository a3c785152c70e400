"""Recurrent networks in cuDNN's form: their graphs against TensorFlow's, their values against those
of the cells that TensorFlow calls compatible."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("cudnn_rnn_cases")
# mode, layers, bidirectional, lengths: as in tests/golden/ops/generate_cudnn_rnn.py
NETWORKS: dict[str, tuple[str, int, bool, list[int] | None]] = {
    "lstm": ("lstm", 1, False, None),
    "lstm_deep": ("lstm", 3, False, None),
    "lstm_both": ("lstm", 2, True, None),
    "lstm_lengths": ("lstm", 2, False, [5, 2, 3]),
    "lstm_both_lengths": ("lstm", 2, True, [1, 5, 3]),
    "gru": ("gru", 1, False, None),
    "gru_deep": ("gru", 2, False, None),
    "gru_both": ("gru", 2, True, None),
    "gru_lengths": ("gru", 1, False, [4, 5, 1]),
    "tanh": ("rnn_tanh", 2, False, None),
    "tanh_both": ("rnn_tanh", 1, True, [2, 5, 3]),
    "relu": ("rnn_relu", 2, True, None),
    "projected": ("lstm", 2, False, [5, 5, 5]),
    "projected_both": ("lstm", 1, True, [3, 5, 2]),
}


@pytest.mark.parametrize("name", CASES)
def test_graph(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


@pytest.fixture(scope="module")
def golden() -> Any:
    path = Path(__file__).resolve().parents[1] / "golden" / "ops" / "cudnn_rnn.npz"
    with np.load(path) as file:
        return dict(file)


def weighted(x: Any) -> Any:
    """A sum in which every element counts differently."""
    size = tf.cast(tf.reshape(tf.range(tf.size(x)), tf.shape(x)), x.dtype)
    return tf.reduce_sum(x * tf.cos(size))


def build(golden: Any, name: str, dtype: Any = np.float32, **attrs: Any) -> tuple[Any, Any]:
    """Results by name, and the four differentiable inputs by name."""
    mode, _, both, lengths = NETWORKS[name]
    values = {key: tf.constant(golden[f"{name}/{key}"].astype(dtype)) for key in "xhc"}
    values["params"] = tf.constant(golden[f"{name}/params"].astype(dtype))
    if mode != "lstm":
        values["c"] = tf.zeros([0], dtype)
    op_type = attrs.pop("op_type", "CudnnRNN" if lengths is None else "CudnnRNNV3")
    if op_type == "CudnnRNNV3":
        attrs["sequence_lengths"] = lengths or [5, 5, 5]
    result = getattr(tf.raw_ops, op_type)(
        input=values["x"],
        input_h=values["h"],
        input_c=values["c"],
        params=values["params"],
        rnn_mode=mode,
        direction="bidirectional" if both else "unidirectional",
        **attrs,
    )
    return dict(zip(("output", "last_h", "last_c"), result, strict=False)), values


def check(golden: Any, name: str, dtype: Any = np.float32, **attrs: Any) -> None:
    tolerance = 2e-2 if dtype == np.float16 else 1e-5
    mode = NETWORKS[name][0]
    with tf.Graph().as_default(), tf.Session() as session:
        results, values = build(golden, name, dtype, **attrs)
        if mode != "lstm":
            del results["last_c"], values["c"]
        total = sum(map(weighted, results.values()))
        grads = tf.gradients(total, list(values.values()))
        found = session.run(results)
        found.update(zip((f"{key}_grad" for key in values), session.run(grads), strict=True))
    for key, value in found.items():
        assert value.dtype == dtype
        wanted = golden[f"{name}/{key}"]
        np.testing.assert_allclose(value, wanted, tolerance, tolerance, err_msg=key)


@pytest.mark.parametrize("name", NETWORKS)
def test_values_and_gradients(golden: Any, name: str) -> None:
    check(golden, name, **({"num_proj": 1} if name.startswith("projected") else {}))


@pytest.mark.parametrize("dtype", [np.float64, np.float16])
def test_other_types(golden: Any, dtype: Any) -> None:
    check(golden, "lstm_both", dtype)


def test_other_versions_of_the_op(golden: Any) -> None:
    check(golden, "lstm_deep", op_type="CudnnRNNV2")
    check(golden, "gru_both", op_type="CudnnRNNV3")
    check(golden, "lstm_both_lengths", time_major=True)


def test_batch_first(golden: Any) -> None:
    _, _, _, lengths = NETWORKS["lstm_both_lengths"]
    with tf.Graph().as_default(), tf.Session() as session:
        results, values = build(golden, "lstm_both_lengths")
        turned = {key: tf.transpose(values[key], [1, 0, 2]) for key in "xhc"}
        found = tf.raw_ops.CudnnRNNV3(
            input=turned["x"],
            input_h=turned["h"],
            input_c=turned["c"],
            params=values["params"],
            sequence_lengths=lengths,
            direction="bidirectional",
            time_major=False,
        )
        again = [tf.transpose(x, [1, 0, 2]) for x in found[:3]]
        grad = tf.gradients(sum(map(weighted, again)), values["h"])[0]
        for a, b in zip(session.run(again), session.run(list(results.values())), strict=True):
            np.testing.assert_allclose(a, b, 1e-6)
        np.testing.assert_allclose(
            session.run(grad), golden["lstm_both_lengths/h_grad"], 1e-5, 1e-5
        )


def positive_network(**attrs: Any) -> tuple[Any, Any]:
    """Three layers of sums without biases, whose output is linear in their input."""
    x = tf.constant(np.random.RandomState(0).rand(5, 3, 4).astype("f"))
    params = np.concatenate([np.random.RandomState(1).rand(4 * 4 * 6), np.zeros(24)])
    result = tf.raw_ops.CudnnRNN(
        input=x,
        input_h=tf.zeros([3, 3, 4]),
        input_c=tf.zeros([0]),
        params=tf.constant(params.astype("f")),
        rnn_mode="rnn_relu",
        **attrs,
    )
    return x, result[0]


def test_dropout_is_the_same_in_the_gradient() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        x, output = positive_network(dropout=0.5, seed=1, seed2=2)
        grad = tf.gradients(output, x)[0]
        first = session.run([x, output, grad])
        second = session.run([x, output, grad])
        _, plain = positive_network()
        _, inference = positive_network(dropout=0.5, is_training=False)
        np.testing.assert_array_equal(session.run(plain), session.run(inference))
    for x_value, y, g in (first, second):
        # What is linear is the product of its argument and its gradient.
        np.testing.assert_allclose(y.sum(), (x_value * g).sum(), 1e-5)
    assert (first[1] != second[1]).any()
    with tf.Graph().as_default(), tf.Session() as session:
        _, output = positive_network(dropout=0.5, seed=1, seed2=2)
        np.testing.assert_array_equal(session.run(output), first[1])


def test_dropout_keeps_the_mean() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        _, plain = positive_network()
        _, dropped = positive_network(dropout=0.3, seed=1)
        mean = np.mean([session.run(dropped).sum() for _ in range(200)])
        np.testing.assert_allclose(mean, session.run(plain).sum(), 0.05)


def test_skipped_input() -> None:
    """The input is added to each gate as it is."""
    random = np.random.RandomState(0)
    x, h = random.randn(5, 3, 2).astype("f"), random.randn(1, 3, 2).astype("f")
    rest = random.randn(3 * 4 + 3 * 4).astype("f")
    identities = np.concatenate([np.eye(2).reshape(-1)] * 3).astype("f")

    def output(params: Any, **attrs: Any) -> Any:
        return tf.raw_ops.CudnnRNN(
            input=x, input_h=h, input_c=tf.zeros([0]), params=params, rnn_mode="gru", **attrs
        )[0]

    with tf.Graph().as_default(), tf.Session() as session:
        wanted = output(np.concatenate([identities, rest]))
        for mode in ("skip_input", "auto_select"):
            found, expected = session.run([output(rest, input_mode=mode), wanted])
            np.testing.assert_allclose(found, expected, 1e-6)
            size = tf.raw_ops.CudnnRNNParamsSize(
                num_layers=1,
                num_units=2,
                input_size=2,
                T=tf.float32,
                S=tf.int32,
                rnn_mode="gru",
                input_mode=mode,
            )
            assert session.run(size) == [len(rest)]


SIZES = {"num_layers": 2, "num_units": 3, "input_size": 4}


@pytest.mark.parametrize("mode", ["lstm", "gru", "rnn_tanh", "rnn_relu"])
@pytest.mark.parametrize("direction", ["unidirectional", "bidirectional"])
def test_parameters_there_and_back(mode: str, direction: str) -> None:
    gates = {"lstm": 4, "gru": 3}.get(mode, 1)
    directions = 2 if direction == "bidirectional" else 1
    attrs = {**SIZES, "rnn_mode": mode, "direction": direction}
    with tf.Graph().as_default(), tf.Session() as session:
        size = session.run(tf.raw_ops.CudnnRNNParamsSize(T=tf.float32, S=tf.int32, **attrs))
        params = np.arange(size[0], dtype=np.float32)
        weights, biases = tf.raw_ops.CudnnRNNParamsToCanonical(
            params=params, num_params=4 * gates * directions, **attrs
        )
        shapes = [w.shape for w in session.run(weights)]
        own = [[(3, width)] * gates + [(3, 3)] * gates for width in (4, 3 * directions)]
        assert shapes == own[0] * directions + own[1] * directions
        assert {b.shape for b in session.run(biases)} == {(3,)}
        back = tf.raw_ops.CudnnRNNCanonicalToParams(weights=weights, biases=biases, **attrs)
        np.testing.assert_array_equal(session.run(back), params)


def test_parameters_with_projection() -> None:
    attrs = {**SIZES, "num_proj": 2}
    with tf.Graph().as_default(), tf.Session() as session:
        size = session.run(tf.raw_ops.CudnnRNNParamsSize(T=tf.float32, S=tf.int32, **attrs))
        params = np.arange(size[0], dtype=np.float32)
        weights, biases = tf.raw_ops.CudnnRNNParamsToCanonicalV2(
            params=params, num_params_weights=18, num_params_biases=16, **attrs
        )
        shapes = [w.shape for w in session.run(weights)]
        assert shapes == [
            *[(3, 4)] * 4,
            *[(3, 2)] * 4,
            (2, 3),
            *[(3, 2)] * 4,
            *[(3, 2)] * 4,
            (2, 3),
        ]
        back = tf.raw_ops.CudnnRNNCanonicalToParamsV2(weights=weights, biases=biases, **attrs)
        np.testing.assert_array_equal(session.run(back), params)


def test_wrong_inputs() -> None:
    """The messages of TensorFlow's kernels, which only a GPU can show."""
    with tf.Graph().as_default(), tf.Session() as session:

        def fails(error: Any, message: str, **inputs: Any) -> None:
            given = {
                "input": np.zeros((5, 3, 4), "f"),
                "input_h": np.zeros((2, 3, 2), "f"),
                "input_c": np.zeros((2, 3, 2), "f"),
                "params": np.zeros(104, "f"),
                **inputs,
            }
            fed = {k: tf.placeholder(tf.float32) for k in given}
            result = tf.raw_ops.CudnnRNN(**fed)
            with pytest.raises(error, match=message):
                session.run(result, {fed[k]: given[k] for k in given})

        invalid = tf.errors.InvalidArgumentError
        fails(invalid, "RNN input must be a 3-D vector", input=np.zeros((5, 3), "f"))
        fails(invalid, "RNN input_h must be a 3-D vector", input_h=np.zeros((2, 3), "f"))
        fails(
            invalid,
            r"Invalid input_h shape: \[2,4,2\] \[2,3,2\]",
            input_h=np.zeros((2, 4, 2), "f"),
        )
        fails(
            invalid,
            r"must have the same shape w/o projection: \[2,3,2\] \[2,3,3\]",
            input_c=np.zeros((2, 3, 3), "f"),
        )
        fails(
            tf.errors.InternalError,
            "Failed to call ThenRnnForward with model config: .*: 2, 0, 0 , .*: "
            r"\[2, 4, 2, 1, 5, 3, 2\]",
            params=np.zeros(103, "f"),
        )
