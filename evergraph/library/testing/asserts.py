"""The assertions of `tf.test.TestCase`: arrays, tensors, messages, errors."""

import contextlib
import itertools
import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import numpy as np
from absl.testing import absltest
from google.protobuf import text_format
from google.protobuf.message import Message

from evergraph.base import dtypes, errors, version
from evergraph.base.platform import logging as tf_logging
from evergraph.graph import device
from evergraph.graph.tensor import Tensor
from evergraph.library.testing.modes import py_func_if_in_function
from evergraph.library.testing.proto_compare import assertProtoEqual

# Types that have NaN.
_FLOATS = (dtypes.float16, dtypes.float32, dtypes.float64, dtypes.bfloat16)
FLOATS = tuple(dtype.as_numpy_dtype for dtype in _FLOATS)
SMALL = 500  # elements, up to which an array of the wrong shape is shown


def is_ragged(value: Any) -> bool:
    """Whether a value is a RaggedTensor or a RaggedTensorValue."""
    return hasattr(value, "ragged_rank")


class Asserts(absltest.TestCase):
    """Assertions that take numbers, arrays and tensors, nested as they may be."""

    def evaluate(self, tensors: Any) -> Any:
        """The values of tensors."""
        raise NotImplementedError

    # ----------------------------------------------------------------- messages
    def assertProtoEquals(
        self, expected_message_maybe_ascii: Any, message: Message, msg: str | None = None
    ) -> None:
        """Check that a message equals another one, or the one that a text describes."""
        expected = expected_message_maybe_ascii
        if isinstance(expected, str):
            # Messages within an Any are written with TensorFlow's package.
            expected = expected.replace(".com/tensorflow.", ".com/evergraph.")
            expected = text_format.Merge(expected, type(message)())
        assert isinstance(expected, type(message)), (
            f"Can't compare protos of type {type(expected)} and {type(message)}. {msg or ''}"
        )
        if expected != message:
            assertProtoEqual(self, expected, message, normalize_numbers=True, msg=msg)

    def assertProtoEqualsVersion(
        self,
        expected: str,
        actual: Message,
        producer: int = version.GRAPH_DEF_VERSION,
        min_consumer: int = version.GRAPH_DEF_VERSION_MIN_CONSUMER,
        msg: str | None = None,
    ) -> None:
        """Check that a GraphDef equals a text, to which the versions are added."""
        versions = f"versions {{ producer: {producer} min_consumer: {min_consumer} }};\n"
        self.assertProtoEquals(versions + expected, actual, msg=msg)

    # ----------------------------------------------------------------- texts and numbers
    def assertStartsWith(self, actual: str, expected_start: str, msg: str | None = None) -> None:
        """Check how a text begins."""
        if not actual.startswith(expected_start):
            more = f" : {msg!r}" if msg else ""
            self.fail(f"{actual!r} does not start with {expected_start!r}{more}")

    @py_func_if_in_function
    def assertNear(self, f1: float, f2: float, err: float, msg: str | None = None) -> None:
        """Check that two numbers differ by `err` at most."""
        more = f" ({msg})" if msg is not None else ""
        near = f1 == f2 or math.fabs(f1 - f2) <= err
        self.assertTrue(near, f"{f1:f} != {f2:f} +/- {err:f}{more}")

    @py_func_if_in_function
    def assertArrayNear(
        self, farray1: Any, farray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Check that the numbers of two lists differ by `err` at most."""
        self.assertEqual(len(farray1), len(farray2), msg=msg)
        for f1, f2 in zip(farray1, farray2, strict=True):
            self.assertNear(float(f1), float(f2), err, msg=msg)

    def _NDArrayNear(self, ndarray1: Any, ndarray2: Any, err: float) -> bool:
        return np.linalg.norm(ndarray1 - ndarray2) < err

    @py_func_if_in_function
    def assertNDArrayNear(
        self, ndarray1: Any, ndarray2: Any, err: float, msg: str | None = None
    ) -> None:
        """Check that the norm of the difference of two arrays is less than `err`."""
        self.assertTrue(self._NDArrayNear(ndarray1, ndarray2, err), msg=msg)

    # ----------------------------------------------------------------- arrays
    def _GetNdArray(self, a: Any) -> np.ndarray:
        """The value of a tensor, or an array of anything else."""
        if isinstance(a, Tensor):
            a = a.numpy() if hasattr(a, "numpy") else self.evaluate(a)
        if isinstance(a, np.ndarray):
            return a
        try:
            return np.array(a)
        except ValueError:  # of lists of several lengths NumPy made arrays of lists
            return np.array(a, object)

    def _check_shapes(self, a: np.ndarray, b: np.ndarray, contents: str, end: str) -> None:
        """Check that two arrays have the same shape; small ones are shown if not."""
        text = f"Shape mismatch: expected {a.shape}, got {b.shape}"
        small = a.shape != b.shape and (b.ndim <= 3 or b.size < SMALL)
        self.assertEqual(a.shape, b.shape, text + (contents.format(b) if small else "") + end)

    @staticmethod
    def _where(kind: str, wrong: Any, a: np.ndarray, b: np.ndarray) -> tuple[list[str], Any, Any]:
        """A line that tells where two arrays differ, if they have places, and what is there."""
        if not a.ndim:
            return [], a, b
        where = np.where(wrong)
        return [f"not {kind} where = {where}"], a[where], b[where]

    def _assertArrayLikeAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None
    ) -> None:
        """Check two things that arrays can be made of."""
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        self._check_shapes(a, b, " with contents {}", ".")
        if np.allclose(a, b, rtol=rtol, atol=atol):
            return
        far = np.abs(a - b) > atol + rtol * np.abs(b)
        lines, x, y = self._where("close", np.logical_or(far, np.isnan(a) != np.isnan(b)), a, b)
        lines = [
            msg,
            *lines,
            f"not close lhs = {x}",
            f"not close rhs = {y}",
            f"not close dif = {np.abs(x - y)}",
            f"not close tol = {atol + rtol * np.abs(y)}",
            f"dtype = {a.dtype}, shape = {a.shape}",
        ]
        text = "\n".join(str(line) for line in lines)
        np.testing.assert_allclose(a, b, rtol=rtol, atol=atol, err_msg=text, equal_nan=True)

    def _assertAllCloseRecursive(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        path: list[str] | None = None,
        msg: str | None = None,
    ) -> None:
        """Check two nested structures; `path` says where in the outermost one they are."""
        path = list(path or [])
        where = "".join(f"[{part}]" for part in path)
        msg = msg or ""
        a = a._asdict() if hasattr(a, "_asdict") else a
        b = b._asdict() if hasattr(b, "_asdict") else b
        if isinstance(a, Mapping) != isinstance(b, Mapping):
            raise ValueError(f"Can't compare dict to non-dict, a{where} vs b{where}. {msg}")
        mismatch = f"Mismatched value: a{where} is different from b{where}. {msg}"
        if isinstance(a, Mapping):
            text = f"mismatched keys: a{where} has keys {a.keys()}, but b{where} has keys "
            self.assertCountEqual(a.keys(), b.keys(), msg=f"{text}{b.keys()}. {msg}")
            for key in a:
                self._assertAllCloseRecursive(a[key], b[key], rtol, atol, [*path, key], msg)
        elif isinstance(a, list | tuple):
            try:
                x, y = self._GetNdArray(a), self._GetNdArray(b)
                self._assertArrayLikeAllClose(x, y, rtol, atol, mismatch)
            except (ValueError, TypeError, NotImplementedError):  # NumPy asks tensors for arrays
                if len(a) != len(b):
                    lengths = f"a{where} has {len(a)} items, but b{where} has {len(b)} items"
                    raise ValueError(f"Mismatched length: {lengths}. {msg}") from None
                for i, (x, y) in enumerate(zip(a, b, strict=True)):
                    self._assertAllCloseRecursive(x, y, rtol, atol, [*path, str(i)], msg)
        else:
            try:
                self._assertArrayLikeAllClose(a, b, rtol, atol, mismatch)
            except TypeError as error:
                text = f"Error: a{where} has {type(a)}, but b{where} has {type(b)}. {msg}"
                error.args = (f"{error.args[0]} : {text}", *error.args[1:])
                raise

    @py_func_if_in_function
    def assertAllClose(
        self, a: Any, b: Any, rtol: float = 1e-6, atol: float = 1e-6, msg: str | None = None
    ) -> None:
        """Check that two structures of arrays or tensors have nearly the same values."""
        if is_ragged(a) or is_ragged(b):
            self._assertRaggedClose(a, b, rtol, atol, msg)
        else:
            self._assertAllCloseRecursive(a, b, rtol=rtol, atol=atol, msg=msg)

    @py_func_if_in_function
    def assertAllCloseAccordingToType(
        self,
        a: Any,
        b: Any,
        rtol: float = 1e-6,
        atol: float = 1e-6,
        float_rtol: float = 1e-6,
        float_atol: float = 1e-6,
        half_rtol: float = 1e-3,
        half_atol: float = 1e-3,
        bfloat16_rtol: float = 1e-2,
        bfloat16_atol: float = 1e-2,
        msg: str | None = None,
    ) -> None:
        """Check that two arrays are close, to a tolerance that their types allow."""
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        single, half = (np.float32, np.complex64), (np.float16,)
        for types, type_rtol, type_atol in (
            (single, float_rtol, float_atol),
            (half, half_rtol, half_atol),
            ((dtypes.bfloat16.as_numpy_dtype,), bfloat16_rtol, bfloat16_atol),
        ):
            if a.dtype in types or b.dtype in types:
                rtol, atol = max(rtol, type_rtol), max(atol, type_atol)
        self.assertAllClose(a, b, rtol=rtol, atol=atol, msg=msg)

    @py_func_if_in_function
    def assertNotAllClose(self, a: Any, b: Any, **kwargs: Any) -> None:
        """Check that `assertAllClose` fails."""
        try:
            self.assertAllClose(a, b, **kwargs)
        except AssertionError:
            return
        raise AssertionError("The two values are close at all elements")

    @py_func_if_in_function
    def assertAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Check that two arrays or tensors have the same shape and values."""
        if is_ragged(a) or is_ragged(b):
            self._assertRaggedEqual(a, b, msg)
            return
        msg = msg or ""
        a, b = self._GetNdArray(a), self._GetNdArray(b)
        self._check_shapes(a, b, ". Contents: {}. \n", f" {msg}")
        same = a == b
        if a.dtype in FLOATS:
            same = np.logical_or(same, np.logical_and(np.isnan(a), np.isnan(b)))
        if np.all(same):
            return
        lines, x, y = self._where("equal", np.logical_not(same), a, b)
        lines = [msg, *lines, f"not equal lhs = {x}", f"not equal rhs = {y}"]
        np.testing.assert_array_equal(a, b, err_msg="\n".join(lines))

    @py_func_if_in_function
    def assertNotAllEqual(self, a: Any, b: Any, msg: str | None = None) -> None:
        """Check that `assertAllEqual` fails."""
        try:
            self.assertAllEqual(a, b, msg)
        except AssertionError:
            return
        raise AssertionError("The two values are equal at all elements")

    @py_func_if_in_function
    def assertAllGreater(self, a: Any, comparison_target: Any) -> None:
        """Check that all elements are greater than a number."""
        self.assertGreater(np.min(self._GetNdArray(a)), comparison_target)

    @py_func_if_in_function
    def assertAllLess(self, a: Any, comparison_target: Any) -> None:
        """Check that all elements are less than a number."""
        self.assertLess(np.max(self._GetNdArray(a)), comparison_target)

    @py_func_if_in_function
    def assertAllGreaterEqual(self, a: Any, comparison_target: Any) -> None:
        """Check that all elements are at least a number."""
        self.assertGreaterEqual(np.min(self._GetNdArray(a)), comparison_target)

    @py_func_if_in_function
    def assertAllLessEqual(self, a: Any, comparison_target: Any) -> None:
        """Check that all elements are at most a number."""
        self.assertLessEqual(np.max(self._GetNdArray(a)), comparison_target)

    def _format_subscripts(
        self, subscripts: Any, value: np.ndarray, limit: int = 10, indent: int = 2
    ) -> list[str]:
        """Lines that show the elements at some places, as `np.where` gives them."""
        places = np.transpose(subscripts)
        margin = " " * indent
        lines = [f"{margin}{p} : {value[tuple(p)]}" for p in itertools.islice(places, limit)]
        return [*lines, margin + "..."] if len(places) > limit else lines

    @py_func_if_in_function
    def assertAllInRange(
        self,
        target: Any,
        lower_bound: Any,
        upper_bound: Any,
        open_lower_bound: bool = False,
        open_upper_bound: bool = False,
    ) -> None:
        """Check that all elements are between two numbers, which an open range leaves out."""
        target = self._GetNdArray(target)
        if not any(np.issubdtype(target.dtype, kind) for kind in (np.floating, np.integer)):
            raise AssertionError(
                f"The value of {target} does not have an ordered numeric type, instead it "
                f"has type: {target.dtype}"
            )
        nans = np.where(np.isnan(target))
        if np.size(nans):
            raise AssertionError(
                f"{len(nans[0])} of the {np.size(target)} element(s) are NaN. "
                "Subscripts(s) and value(s) of the NaN element(s):\n"
                + "\n".join(self._format_subscripts(nans, target))
            )
        too_low = target <= lower_bound if open_lower_bound else target < lower_bound
        too_high = target >= upper_bound if open_upper_bound else target > upper_bound
        outside = np.where(np.logical_or(too_low, too_high))
        if np.size(outside):
            left, right = "(" if open_lower_bound else "[", ")" if open_upper_bound else "]"
            raise AssertionError(
                f"{len(outside[0])} of the {np.size(target)} element(s) are outside the range "
                f"{left}{lower_bound}, {upper_bound}{right}. "
                "Subscript(s) and value(s) of the offending elements:\n"
                + "\n".join(self._format_subscripts(outside, target))
            )

    @py_func_if_in_function
    def assertAllInSet(self, target: Any, expected_set: Iterable[Any]) -> None:
        """Check that all elements are in a set."""
        others = np.setdiff1d(self._GetNdArray(target).flatten(), list(expected_set))
        if np.size(others):
            raise AssertionError(
                f"{np.size(others)} unique element(s) are not in the set {expected_set}: {others}"
            )

    @py_func_if_in_function
    def assertDTypeEqual(self, target: Any, expected_dtype: Any) -> None:
        """Check the type of an array's or a tensor's elements."""
        self.assertEqual(self._GetNdArray(target).dtype, expected_dtype)

    def assertShapeEqual(self, np_array: Any, tf_tensor: Tensor, msg: str | None = None) -> None:
        """Check that a tensor's static shape is an array's shape.

        Raises:
          TypeError: If the arguments are not an array and a tensor.
        """
        if not isinstance(np_array, np.ndarray | np.generic):
            raise TypeError("np_array must be a Numpy ndarray or Numpy scalar")
        if not isinstance(tf_tensor, Tensor):
            raise TypeError("tf_tensor must be a Tensor")
        self.assertAllEqual(np_array.shape, tf_tensor.get_shape().as_list(), msg=msg)

    def assertDeviceEqual(self, device1: Any, device2: Any, msg: str | None = None) -> None:
        """Check that two names or DeviceSpecs mean the same device."""
        device1, device2 = device.canonical_name(device1), device.canonical_name(device2)
        text = f"Devices {device1} and {device2} are not equal. {msg}"
        self.assertEqual(device1, device2, text)

    # ----------------------------------------------------------------- errors
    @contextlib.contextmanager
    def assertRaisesWithPredicateMatch(
        self,
        exception_type: type[BaseException],
        expected_err_re_or_predicate: str | Callable[[Any], Any],
    ) -> Iterator[None]:
        """A block that has to raise an exception that a function accepts or a pattern describes.

        For an OpError the names of the nodes that the failing one derives from count as text.
        """
        if callable(expected_err_re_or_predicate):
            accepts = expected_err_re_or_predicate
        else:
            pattern = expected_err_re_or_predicate

            def accepts(error: Any) -> Any:
                text = self._error_text(error)
                tf_logging.info("Searching within error strings: '%s' within '%s'", pattern, text)
                return re.search(pattern, text)

        try:
            yield
            self.fail(exception_type.__name__ + " not raised")
        except Exception as error:
            if not isinstance(error, exception_type) or not accepts(error):
                raise AssertionError(f"Exception of type {type(error)}: {error}") from error

    @staticmethod
    def _error_text(error: Any) -> str:
        """An error's text, with the nodes that an OpError is caused by."""
        if not isinstance(error, errors.OpError):
            return str(error)
        text, op = error.message, error.op
        while op is not None:
            text += "\nCaused by: " + op.name
            op = op._original_op
        return text

    def assertRaisesOpError(self, expected_err_re_or_predicate: Any) -> Any:
        """A block that has to raise an OpError, as `assertRaisesWithPredicateMatch`."""
        return self.assertRaisesWithPredicateMatch(errors.OpError, expected_err_re_or_predicate)

    # ----------------------------------------------------------------- ragged tensors
    def _GetPyList(self, a: Any) -> Any:
        """Nested lists of the values of anything."""
        if isinstance(a, Tensor) or hasattr(a, "from_row_splits"):
            a = self.evaluate(a)
        if isinstance(a, list | tuple):
            # Rows may differ in length: no array takes them.
            return [self._GetPyList(v) for v in a]
        if isinstance(a, bytes):
            return a  # an array would drop zeros at the end
        return a.to_list() if hasattr(a, "to_list") else np.array(a).tolist()

    def _check_ragged_ranks(self, a: Any, b: Any, msg: str | None) -> None:
        """Check that both have the same ragged rank, unless one is a list."""
        if not isinstance(a, list | tuple) and not isinstance(b, list | tuple):
            self.assertEqual(getattr(a, "ragged_rank", 0), getattr(b, "ragged_rank", 0), msg)

    def _assertRaggedEqual(self, a: Any, b: Any, msg: str | None) -> None:
        """Check that two ragged tensors are equal."""
        self.assertEqual(self._GetPyList(a), self._GetPyList(b), msg)
        self._check_ragged_ranks(a, b, msg)

    def _assertRaggedClose(
        self, a: Any, b: Any, rtol: float, atol: float, msg: str | None = None
    ) -> None:
        """Check that two ragged tensors are close."""
        self._assertListCloseRecursive(self._GetPyList(a), self._GetPyList(b), rtol, atol, msg)
        self._check_ragged_ranks(a, b, msg)

    def _assertListCloseRecursive(
        self, a: Any, b: Any, rtol: float, atol: float, msg: str | None, path: str = "value"
    ) -> None:
        """Check that two nested lists are close."""
        self.assertEqual(type(a), type(b))
        if not isinstance(a, list | tuple):
            self._assertAllCloseRecursive(a, b, rtol, atol, [path], msg)
            return
        self.assertLen(a, len(b), f"Length differs for {path}")
        for i, (x, y) in enumerate(zip(a, b, strict=True)):
            self._assertListCloseRecursive(x, y, rtol, atol, msg, f"{path}[{i}]")

    assertRaisesRegexp = absltest.TestCase.assertRaisesRegex
    assertItemsEqual = absltest.TestCase.assertCountEqual
