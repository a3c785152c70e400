"""Runs the cases of tests/golden/ops against evergraph and compares with what TensorFlow made."""

import base64
import importlib
import json
import lzma
import re
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from graphs.compare import assert_same_graph

import evergraph as tf
from evergraph.base.missing import MissingSymbolError

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "ops"


def load(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The cases of a file and TensorFlow's record of each."""
    sys.path.insert(0, str(GOLDEN))
    try:
        cases = importlib.import_module(name).CASES
    finally:
        sys.path.remove(str(GOLDEN))
    with lzma.open(GOLDEN / f"{name}.json.xz") as f:
        return cases, json.load(f)


def check(
    function: Any,
    golden: dict[str, Any],
    run: bool = True,
    canonical: Any = lambda graph: graph,
    looser: float = 1,
) -> None:
    """Builds and runs one case; graph, static shapes, values and errors must be TensorFlow's.

    `canonical` takes out of GraphDefs what need not be the same. The tolerance is `looser` times
    the usual one where values are so sensitive that CPUs, which round sums in other orders, differ.
    """
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        try:
            result = function(tf)
        except MissingSymbolError as error:
            pytest.skip(str(error))
        except Exception as error:
            assert "build_error" in golden, f"raised {type(error).__name__}: {error}"
            return check_error(error, golden["build_error"])
        feed: Any = {}
        if isinstance(result, tuple):
            result, feed = result
        tensors = flattened(result)
        assert "build_error" not in golden, f"TensorFlow raised {golden['build_error']}"
        made, wanted = graph.as_graph_def(), base64.b64decode(golden["graph"])
        assert_same_graph(canonical(made), canonical(wanted))
        if "contexts" in golden:
            check_contexts(graph, golden["contexts"])
        shapes = [static_shape(t) for t in tensors]
        assert shapes == golden["shapes"], f"shapes {shapes}, TensorFlow's {golden['shapes']}"
        if feed is None or not run:
            return
        with tf.Session() as session:
            if graph.get_collection("variables"):
                session.run(tf.global_variables_initializer())
            if graph.get_collection("local_variables"):
                session.run(tf.local_variables_initializer())
            try:
                values = session.run([t for t in tensors if t is not None], feed)
            except Exception as error:
                assert "run_error" in golden, f"raised {type(error).__name__}: {error}"
                return check_error(error, golden["run_error"])
            assert "run_error" not in golden, f"TensorFlow raised {golden['run_error']}"
            for i, (value, wanted) in enumerate(zip(values, golden["values"], strict=True)):
                check_value(value, wanted, i, looser)


def check_contexts(graph: Any, golden: list[str]) -> None:
    """The messages of the outermost conds and loops."""
    found = [
        context.to_proto()
        for collection in ("while_context", "cond_context")
        for context in graph.get_collection(collection)
    ]
    assert len(found) == len(golden), f"{len(found)} contexts, TensorFlow's {len(golden)}"
    for ours, theirs in zip(found, golden, strict=True):
        assert ours == type(ours).FromString(bytes.fromhex(theirs)), f"context {ours.context_name}"


def flattened(result: Any) -> list[Any]:
    found = []
    for r in result:
        if isinstance(r, tf.IndexedSlices):
            found += [r.values, r.indices, r.dense_shape]
        elif isinstance(r, tf.SparseTensor):
            found += [r.indices, r.values, r.dense_shape]
        else:
            found.append(r)
    return found


def static_shape(t: Any) -> Any:
    if t is None or isinstance(t, tf.Operation) or t.shape.ndims is None:
        return None
    return t.shape.as_list()


def check_error(error: Exception, golden: dict[str, str]) -> None:
    """The class and the first lines; where the node was made is another matter."""
    text = getattr(error, "message", None) or str(error)
    wanted, found = (
        # Functions of py_func, and arrays, are counted over the process: the number says when, not
        # which.
        _without_addresses(
            re.sub(r"(pyfunc|TensorArray \S+)_\d+", r"\1_N", message.split("\n\t [[")[0])
        )
        for message in (golden["message"], text)
    )
    assert type(error).__name__ == golden["type"], f"{type(error).__name__}: {found}"
    assert found == wanted, f"{found!r} is not {wanted!r}"


def _without_addresses(message: str) -> str:
    """A message without places in memory, and modules of classes."""
    message = re.sub(r" at 0x[0-9a-f]+|id=\d+", "", message)
    message = re.sub(r"<[\w.]+\.(\w+) object", r"<\1 object", message)
    return re.sub(r"<class '[\w.]+\.(\w+)'>", r"<class \1>", message)


def check_value(value: Any, golden: Any, index: int, looser: float = 1) -> None:
    if golden is None:
        assert value is None
        return
    array = np.asarray(value)
    values: Any = golden["values"]
    if golden["dtype"] == "object":
        found = [v.decode("latin-1") if isinstance(v, bytes) else v for v in array.reshape(-1)]
        assert (list(array.shape), found) == (golden["shape"], values), f"output {index}"
        return
    if golden["dtype"].startswith("complex"):
        values = [complex(*v) for v in values]
    expected = np.array(values, golden["dtype"]).reshape(golden["shape"])
    assert array.dtype == expected.dtype, f"output {index}"
    # One unit in the last place of a float16.
    rtol = 1e-3 if expected.dtype == np.float16 else 1e-5
    np.testing.assert_allclose(
        array, expected, rtol=looser * rtol, atol=looser * 1e-6, err_msg=f"output {index}"
    )
    assert array.shape == expected.shape, f"output {index}"
