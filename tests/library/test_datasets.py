"""Datasets against TensorFlow: graphs node for node, elements in their order, errors."""

import base64
import importlib
import json
import lzma
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from graphs.compare import assert_same_graph
from ops.case_runner import check_error, check_value

import evergraph as tf
from evergraph.base.missing import MissingSymbolError
from evergraph.proto.framework.graph_pb2 import GraphDef

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "library"
MOST = 20


def load(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    sys.path.insert(0, str(GOLDEN))
    try:
        cases = importlib.import_module(name).CASES
    finally:
        sys.path.remove(str(GOLDEN))
    with lzma.open(GOLDEN / f"{name}.json.xz") as f:
        return cases, json.load(f)


CASES, RECORDS = {}, {}
for _name in ("dataset_cases", "dataset_file_cases"):
    for _all, _loaded in zip((CASES, RECORDS), load(_name), strict=True):
        _all.update(_loaded)


def canonical(graph: Any) -> GraphDef:
    """The graph with functions numbered as they come: their own numbers count over the process,
    and hashes of what holds them change with them."""
    graph = GraphDef.FromString(graph if isinstance(graph, bytes) else graph.SerializeToString())
    names = [f.signature.name for f in graph.library.function]
    numbers = sorted({int(n) for n in re.findall(r"__inference_\S*?_(\d+)\b", " ".join(names))})
    text = text_format.MessageToString(graph)
    text = re.sub(
        r"(__inference_[^\"\s]*_)(\d+)\b", lambda m: f"{m[1]}{numbers.index(int(m[2]))}", text
    )
    text = re.sub(r"_make_dataset_\w{11}", "_make_dataset", text)
    return text_format.Parse(text, GraphDef())


def iterate(dataset: Any) -> tuple[Any, list[Any]]:
    try:
        return tf.data.make_one_shot_iterator(dataset).get_next(), []
    except ValueError as error:
        if "Failed to create a one-shot iterator" not in str(error):
            raise
    iterator = tf.data.make_initializable_iterator(dataset)
    return iterator.get_next(), [iterator.initializer]


@pytest.mark.parametrize("name", CASES)
def test_case(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Cases write files where they are run.
    monkeypatch.chdir(tmp_path)
    golden = RECORDS[name]
    with tf.Graph().as_default() as graph:
        tf.set_random_seed(1)
        try:
            dataset = CASES[name](tf)
            described = repr(dataset)
            element, begin = iterate(dataset)
        except MissingSymbolError as error:
            pytest.skip(str(error))
        except Exception as error:
            assert "build_error" in golden, f"raised {type(error).__name__}: {error}"
            return check_error(error, golden["build_error"])
        assert "build_error" not in golden, f"TensorFlow raised {golden['build_error']}"
        assert described == golden["repr"]
        tensors = tf.nest.flatten(element, expand_composites=True)
        assert_same_graph(
            canonical(graph.as_graph_def()), canonical(base64.b64decode(golden["graph"]))
        )
        check_elements(tensors, begin, golden)


def check_elements(tensors: list[Any], begin: list[Any], golden: Any) -> None:
    with tf.Session() as session:
        count = 0
        try:
            session.run(tf.global_variables_initializer())
            session.run(begin)
            for _ in range(MOST):
                values = session.run(tensors)
                assert count < len(golden["elements"]), f"too many elements: {values}"
                for i, (value, wanted) in enumerate(
                    zip(values, golden["elements"][count], strict=True)
                ):
                    check_value(value, wanted, i)
                count += 1
        except tf.errors.OpError as error:
            assert "run_error" in golden, f"raised {type(error).__name__}: {error}"
            wanted = golden["run_error"]
            # Which function it was in is told elsewhere.
            message = re.sub(r"\{\{function_node \S+\}\}\s*", "", wanted["message"]).lstrip()
            check_error(error, wanted | {"message": message})
        else:
            assert "run_error" not in golden, f"TensorFlow raised {golden['run_error']}"
        assert count == len(golden["elements"])


@pytest.mark.parametrize("prefetched", [False, True])
def test_a_generator_that_raises(prefetched: bool) -> None:
    """What it yielded comes first; the error has Python's own as its first line, as TensorFlow's
    has."""

    def generate() -> Any:
        yield 1
        yield 2
        raise ValueError("no more")

    with tf.Graph().as_default(), tf.Session() as session:
        dataset = tf.data.Dataset.from_generator(generate, tf.int32)
        dataset = dataset.prefetch(1) if prefetched else dataset
        element = tf.data.make_one_shot_iterator(dataset).get_next()
        assert [session.run(element), session.run(element)] == [1, 2]
        with pytest.raises(tf.errors.InvalidArgumentError, match="^ValueError: no more\n"):
            session.run(element)


def test_a_cache_that_is_not_full_leaves_no_lock(tmp_path: Path) -> None:
    with tf.Graph().as_default():
        dataset = tf.data.Dataset.range(3).cache(str(tmp_path / "cache"))
        element = tf.data.make_one_shot_iterator(dataset).get_next()
        with tf.Session() as session:
            session.run(element)
            assert [p.name for p in tmp_path.iterdir()] == ["cache_0.lockfile"]
        assert not list(tmp_path.iterdir())
        with tf.Session() as session:
            assert session.run(element) == 0


@pytest.mark.parametrize(
    ("cut", "expected"),
    [
        (lambda d: d.take(3), [None, 1, 2, None, 4]),
        (lambda d: d.skip(2), [None, None, 4, 5, None, 7]),
        (lambda d: d.skip(1).take(4), [None, 2, None, 4, 5, None, 7]),
        (lambda d: d.take(1).repeat(2), [None, 1, None, 1]),
    ],
)
def test_elements_that_fail_are_not_counted(cut: Any, expected: list[int | None]) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        dataset = tf.data.Dataset.range(8)
        dataset = dataset.map(lambda x: x + 0 * (7 // (x % 3)))  # 0, 3 and 6 fail
        get_next = tf.data.make_one_shot_iterator(cut(dataset)).get_next()
        found: list[int | None] = []
        while True:
            try:
                found.append(session.run(get_next))
            except tf.errors.OutOfRangeError:
                break
            except tf.errors.InvalidArgumentError:
                found.append(None)
        assert found == expected


def test_datasets_of_another_graph_are_named_in_the_error() -> None:
    with tf.Graph().as_default():
        dataset = tf.data.Dataset.range(3)
    of_another = (
        r'^Tensor\("buffer_size:0", shape=\(\), dtype=int64\) must be from the same graph as '
        r'Tensor\("RangeDataset:0", shape=\(\), dtype=variant\)\.$'
    )
    with tf.Graph().as_default(), pytest.raises(ValueError, match=of_another):
        dataset.shuffle(3)


@pytest.mark.parametrize(
    ("repeated", "expected"),
    [
        (lambda d: d.repeat(1), [3, 2, 0, 1, 4, 7, 5, 6]),
        (lambda d: d.repeat(1).repeat(2), [3, 2, 1, 4, 6, 7, 0, 5, 2, 1, 3, 6, 4, 7, 5, 0]),
        (lambda d: d.skip(0).repeat(2), [3, 2, 1, 4, 6, 7, 0, 5, 2, 1, 3, 6, 4, 7, 5, 0]),
        (lambda d: d.take(-1).repeat(2), [3, 2, 1, 4, 6, 7, 0, 5, 2, 1, 3, 6, 4, 7, 5, 0]),
    ],
)
def test_what_does_nothing_is_left_out_before_shuffles_are_repeated(
    repeated: Any, expected: list[int]
) -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        tf.set_random_seed(7)
        dataset = repeated(tf.data.Dataset.range(8).shuffle(5))
        element = tf.data.make_one_shot_iterator(dataset).get_next()
        assert [session.run(element) for _ in expected] == expected
