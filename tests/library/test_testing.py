"""tf.test and the helpers of tensorflow.python.framework.test_util."""

import importlib.util
import json
import sys
import unittest
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import evergraph as tf
from evergraph.library.eager import context
from evergraph.library.testing import benchmark, gradient_checker_v2, leaks, modes, proto_compare

GOLDEN = Path(__file__).parents[1] / "golden/testing"


def outcome(case_class, name):
    """How a test of a TestCase ends: "ok", "skipped" or the text of what went wrong."""
    result = unittest.TestResult()
    case_class(name).run(result)
    bad = [*result.errors, *result.failures]
    return bad[0][1] if bad else "skipped" if result.skipped else "ok"


def test_graph_differences_are_worded_as_tensorflow_words_them():
    source = (GOLDEN / "generate_graph_differences.py").read_text()
    spec = importlib.util.spec_from_loader("made", None)
    made = importlib.util.module_from_spec(spec)
    exec(source.replace("import tensorflow as tf", "import evergraph as tf"), vars(made))
    assert made.differences() == json.loads((GOLDEN / "graph_differences.json").read_text())
    with pytest.raises(TypeError, match="Expected tf.GraphDef for actual, got int"):
        tf.test.assert_equal_graph_def(1, tf.GraphDef())


class Case(tf.test.TestCase):
    @modes.run_in_graph_and_eager_modes
    def test_session_and_values(self):
        x = tf.constant([1.0, 2.0])
        self.assertAllEqual(x, [1.0, 2.0])
        self.assertAllClose({"a": x, "b": [1.0]}, {"a": [1, 2], "b": (1,)})
        self.assertEqual(self.evaluate([x, x])[1].tolist(), [1, 2])

    def test_assertions_fail(self):
        for bad in (
            lambda: self.assertAllClose([1.0], [1.1]),
            lambda: self.assertAllClose(1.0, 1.1),
            lambda: self.assertAllEqual(1, 2),
            lambda: self.assertAllClose([1.0, 2.0], [1.0]),
            lambda: self.assertAllEqual([1, 2], [1, 3]),
            lambda: self.assertAllEqual([[1], [2, 3]], [[1], [2, 4]]),
            lambda: self.assertAllInRange([1, 2, 7], 1, 5),
            lambda: self.assertAllInRange([np.nan], 0, 1),
            lambda: self.assertAllInSet([1, 2], [1]),
            lambda: self.assertNotAllClose([1.0], [1.0]),
            lambda: self.assertNear(1.0, 2.0, 0.5),
            lambda: self.assertAllLess([3], 2),
            lambda: self.assertStartsWith("abc", "b"),
            lambda: self.assertProtoEquals('node { name: "x" }', tf.GraphDef()),
            lambda: self.assertDeviceEqual("/cpu:0", "/gpu:0"),
        ):
            with self.assertRaises(AssertionError):
                bad()
        with self.assertRaisesRegex(ValueError, "Can't compare dict to non-dict"):
            self.assertAllClose({"a": 1}, 1)

    def test_assertions_hold(self):
        self.assertAllCloseAccordingToType(np.float16([1.0]), np.float16([1.001]))
        self.assertAllEqual([np.nan, 1.0], np.array([np.nan, 1.0]))
        self.assertAllEqual([[1], [2, 3]], [[1], [2, 3]])
        self.assertAllInRange([1, 2], 1, 2)
        self.assertArrayNear([1.0], [1.1], 0.2)
        self.assertDTypeEqual(np.zeros(2, np.int8), np.int8)
        self.assertShapeEqual(np.zeros((2, 3)), tf.constant([[1] * 3] * 2))
        self.assertDeviceEqual("/device:CPU:0", "/cpu:0")
        self.assertProtoEqualsVersion("", tf.Graph().as_graph_def())

    def test_errors_that_are_raised(self):
        with self.assertRaisesOpError("deep"):
            raise tf.errors.InvalidArgumentError(None, None, "deep trouble")
        with self.assertRaisesWithPredicateMatch(ValueError, lambda e: "x" in str(e)):
            raise ValueError("x")
        with self.assertRaises(AssertionError):
            with self.assertRaisesOpError("other"):
                raise tf.errors.InvalidArgumentError(None, None, "deep trouble")

    def test_sessions(self):
        with self.cached_session() as first:
            with self.cached_session() as second:
                self.assertIs(first, second)
            self.assertEqual(tf.constant(1).device, "/device:CPU:0")
        with self.assertRaisesRegex(ValueError, "The graph used to get the cached session"):
            with self.cached_session(graph=tf.Graph()):
                pass
        with self.session(graph=tf.Graph()) as other:
            self.assertIsNot(other, first)
            self.assertIs(tf.get_default_session(), other)

    def test_seeds(self):
        self.assertEqual(tf.get_default_graph().seed, 87654321)
        self.assertEqual(np.random.randint(1000), np.random.RandomState(87654321).randint(1000))

    def test_threads(self):
        thread = self.checkedThread(target=lambda: 1 / 0)
        thread.start()
        with self.assertRaisesRegex(AssertionError, "division by zero"):
            thread.join()

    def test_thread_that_is_not_joined(self):
        self.checkedThread(target=print)

    def test_writes_are_captured(self):
        with open(self.get_temp_dir() + "/x", "w") as stream:
            with self.captureWritesToStream(stream) as captured:
                stream.write("hello")
                stream.flush()
                self.assertEqual(captured.contents(), "hello")

    @modes.run_v2_only
    def test_v2(self):
        raise AssertionError

    @modes.run_v1_only("reason")
    def test_v1(self):
        pass

    @leaks.assert_no_new_tensors
    def test_leak(self):
        self.kept = tf.constant(1)

    @leaks.assert_no_garbage_created
    def test_garbage(self):
        ring = []
        ring.append(ring)


EXPECTED = {
    "test_thread_that_is_not_joined": "A checked thread was not joined",
    "test_leak": "Tensors not deallocated after test",
    "test_garbage": "AssertionError",
    "test_v2": "skipped",
}
NAMES = [name for name in dir(Case) if name.startswith("test_") and name != "test_session"]


@pytest.mark.parametrize("name", NAMES)
def test_case(name):
    assert EXPECTED.get(name, "ok") in outcome(Case, name)


# pytest would collect it again.
Case.__test__ = False


def test_class_decorators():
    @modes.with_control_flow_v2
    class Doubled(tf.test.TestCase):
        __test__ = False

        def testA(self):
            pass

        @modes.disable_control_flow_v2("reason")
        def testB(self):
            pass

    assert hasattr(Doubled, "testAWithControlFlowV2")
    assert not hasattr(Doubled, "testBWithControlFlowV2")
    assert outcome(Doubled, "testAWithControlFlowV2") == "ok"
    with pytest.raises(ValueError, match="only supports test methods"):
        modes.run_in_graph_and_eager_modes(Doubled)
    with pytest.raises(ValueError, match="should be string"):
        modes.run_v1_only(3)


def test_both_modes():
    seen = []

    class Both(tf.test.TestCase):
        def setUp(self):
            super().setUp()
            seen.append(("set up", tf.executing_eagerly()))

        @modes.run_in_graph_and_eager_modes
        def test_a(self):
            seen.append(tf.executing_eagerly())

        @modes.run_in_graph_and_eager_modes(reset_test=False)
        def test_b(self):
            seen.append(tf.executing_eagerly())
            if not tf.executing_eagerly():
                self.skipTest("not in graphs")

        @modes.run_in_graph_and_eager_modes
        def test_c(self):
            self.assertFalse(tf.executing_eagerly())

    assert outcome(Both, "test_a") == "ok"
    assert seen == [("set up", False), False, ("set up", True), True]
    seen.clear()
    assert outcome(Both, "test_b") == "ok"
    assert seen == [("set up", False), False, True]
    assert "True is not false" in outcome(Both, "test_c")
    assert not tf.executing_eagerly()


def test_gradients_of_functions_in_both_modes():
    values = np.array([[1.0, 2.0], [3.0, 4.0]], np.float32)

    def f(params, factor):
        return tf.gather(params, [0, 0]) * factor

    def checked():
        x = [tf.constant(values), tf.constant(2.0)]
        return gradient_checker_v2.compute_gradient(f, x)

    with tf.Graph().as_default(), tf.Session():
        in_graph = checked()
    with context.eager_mode():
        at_once = checked()
    by_params = [[2, 0, 2, 0], [0, 2, 0, 2], [0, 0, 0, 0], [0, 0, 0, 0]]
    for theoretical, numeric in (in_graph, at_once):
        assert theoretical[0].tolist() == by_params
        assert theoretical[1].tolist() == [[1, 2, 1, 2]]
        assert gradient_checker_v2.max_error(theoretical, numeric) < 1e-2


def test_combinations():
    found = modes.generate_combinations_with_testcase_name(mode=["graph"], a=[1, 2])
    assert [dict(x) for x in found] == [
        {"a": 1, "mode": "graph", "testcase_name": "_test_a_1_mode_graph"},
        {"a": 2, "mode": "graph", "testcase_name": "_test_a_2_mode_graph"},
    ]


def test_stubs():
    class Base:
        def f(self):
            return 1

        @staticmethod
        def g():
            return 2

    class Derived(Base):
        pass

    with tf.test.StubOutForTesting() as stubs:
        stubs.SmartSet(Derived, "f", lambda self: 3)
        stubs.Set(Base, "g", lambda: 4)
        assert Base().f() == 3 and Base.g() == 4
        with pytest.raises(AttributeError):
            stubs.SmartSet(Derived(), "nonsense", 1)
    assert Base().f() == 1 and Derived().g() == 2


def test_numbers_of_messages_are_rounded():
    case = unittest.TestCase()
    near, far = (tf.Summary(value=[tf.Summary.Value(simple_value=x)]) for x in (1.0000002, 1.1))
    one = tf.Summary(value=[tf.Summary.Value(simple_value=1.0)])
    proto_compare.assertProtoEqual(case, near, one, normalize_numbers=True)
    with pytest.raises(AssertionError):
        proto_compare.assertProtoEqual(case, far, one, normalize_numbers=True)


def test_benchmarks(capsys, monkeypatch):
    class Speed(tf.test.Benchmark):
        def benchmarkIt(self):
            with tf.Session() as session:
                self.run_op_benchmark(session, tf.constant(1), min_iters=3, extras={"a": "b"})

    monkeypatch.setattr(benchmark, "GLOBAL_BENCHMARK_REGISTRY", {Speed})
    benchmark._run_benchmarks("Speed.benchmarkIt")
    out = capsys.readouterr().out
    assert 'name: "Speed.benchmarkIt"' in out and "iters: 3" in out
    assert tf.test.benchmark_config().graph_options.rewrite_options.dependency_optimization == 2


def test_temporary_folder_is_made_once():
    assert tf.test.get_temp_dir() == tf.test.get_temp_dir()
    assert Path(tf.test.get_temp_dir()).is_dir()


def test_context():
    assert not context.executing_eagerly()
    assert dict(context.context().config.device_count) == {"CPU": 1, "GPU": 0}
    with context.graph_mode():
        assert context.in_graph_mode() and context.shared_name("x") == "x"
    with context.eager_mode():
        assert context.executing_eagerly() and context.shared_name() != context.shared_name()


def test_main_runs_the_main_modules_tests(monkeypatch):
    module = SimpleNamespace(__name__="__main__")
    monkeypatch.setitem(sys.modules, "__main__", module)
    monkeypatch.setattr(sys, "argv", ["prog"])
    with pytest.raises(SystemExit):
        tf.test.main()
