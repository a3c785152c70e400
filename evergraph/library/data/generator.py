"""Datasets of Python generators."""

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from evergraph.api.script_ops import numpy_function
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape, as_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_n_to_tensor
from evergraph.library.data import nest, structure
from evergraph.library.data.dataset_base import DatasetSource, DatasetV2
from evergraph.library.data.structured_function import StructuredFunctionWrapper


class _GeneratorDataset(DatasetSource):
    """What a function gives of a state, until it raises OutOfRangeError.

    Args:
      init_args: what `init_func` is called with.
      init_func: makes the state.
      next_func: makes an element of it.
      finalize_func: called with it at the end.
    """

    def __init__(
        self,
        init_args: Any,
        init_func: Callable[..., Any],
        next_func: Callable[..., Any],
        finalize_func: Callable[..., Any],
    ) -> None:
        self._init_args = init_args
        self._init_structure = structure.type_spec_from_value(init_args)

        def wrap(func: Any, spec: Any) -> StructuredFunctionWrapper:
            return StructuredFunctionWrapper(
                func, self._transformation_name(), input_structure=spec
            )

        self._init_func = wrap(init_func, self._init_structure)
        self._next_func = wrap(next_func, self._init_func.output_structure)
        self._finalize_func = wrap(finalize_func, self._init_func.output_structure)
        super().__init__(
            apply_op(
                "GeneratorDataset",
                structure.to_tensor_list(self._init_structure, init_args)
                + self._init_func.function.captured_inputs,
                self._next_func.function.captured_inputs,
                self._finalize_func.function.captured_inputs,
                init_func=self._init_func.function,
                next_func=self._next_func.function,
                finalize_func=self._finalize_func.function,
                **self._flat_structure,
            )
        )

    @property
    def element_spec(self) -> Any:
        return self._next_func.output_structure

    def _transformation_name(self) -> str:
        return "Dataset.from_generator()"


class _GeneratorState:
    """The iterators over a generator that are under way, by number."""

    def __init__(self, generator: Callable[..., Any]) -> None:
        self._generator = generator
        self._lock = threading.Lock()
        self._next_id = 0
        self._args: dict[int, Any] = {}
        self._iterators: dict[int, Any] = {}

    def get_next_id(self, *args: Any) -> np.ndarray:
        """A number for a new iterator, for which `args` are kept."""
        with self._lock:
            found = self._next_id
            self._next_id += 1
        self._args[found] = args
        return np.array(found, dtype=np.int64)

    def get_iterator(self, iterator_id: Any) -> Any:
        """The iterator of a number."""
        key = int(iterator_id)
        if key not in self._iterators:
            self._iterators[key] = iter(self._generator(*self._args.pop(key)))
        return self._iterators[key]

    def iterator_completed(self, iterator_id: Any) -> None:
        """Forgets an iterator."""
        self._iterators.pop(int(iterator_id), None)


def from_generator(
    generator: Callable[..., Any], output_types: Any, output_shapes: Any = None, args: Any = None
) -> Any:
    """A dataset of what a Python generator yields; see `Dataset.from_generator`."""
    if not callable(generator):
        raise TypeError("`generator` must be callable.")
    if output_shapes is None:
        output_shapes = nest.map_structure(lambda _: TensorShape(None), output_types)
    else:
        output_shapes = nest.map_structure_up_to(output_types, as_shape, output_shapes)
    args = () if args is None else tuple(convert_n_to_tensor(args, name="args"))
    types = [dtypes.as_dtype(t) for t in nest.flatten(output_types)]
    shapes = nest.flatten(output_shapes)
    state = _GeneratorState(generator)

    def get_iterator_id_fn(unused_dummy: Any) -> Any:
        return numpy_function(state.get_next_id, args, dtypes.int64)

    def generator_next_fn(iterator_id_t: Any) -> Any:
        def generator_py_func(iterator_id: Any) -> list[Any]:
            values = next(state.get_iterator(iterator_id))
            return _checked(values, output_types, types, shapes)

        flat = numpy_function(generator_py_func, [iterator_id_t], types)
        for t, shape in zip(flat, shapes, strict=True):
            t.set_shape(shape)
        return nest.pack_sequence_as(output_types, flat)

    def finalize_fn(iterator_id_t: Any) -> Any:
        def finalize_py_func(iterator_id: Any) -> np.ndarray:
            state.iterator_completed(iterator_id)
            # A function of the graph must give something.
            return np.array(0, dtype=np.int64)

        return numpy_function(finalize_py_func, [iterator_id_t], dtypes.int64)

    def flat_map_fn(dummy_arg: Any) -> Any:
        return _GeneratorDataset(dummy_arg, get_iterator_id_fn, generator_next_fn, finalize_fn)

    # One element, so that each iteration over the dataset begins the generator anew.
    return DatasetV2._kinds["DatasetV1"].from_tensors(0).flat_map(flat_map_fn)


def _checked(values: Any, output_types: Any, types: Any, shapes: Any) -> list[Any]:
    """The arrays of an element that a generator yielded.

    Raises:
      TypeError: its structure or a type is another one.
      ValueError: a shape is.
    """
    try:
        flat = nest.flatten_up_to(output_types, values)
    except (TypeError, ValueError):
        raise TypeError(
            "`generator` yielded an element that did not match the expected structure. The "
            f"expected structure was {output_types}, but the yielded element was {values}."
        ) from None
    arrays = []
    for value, dtype in zip(flat, types, strict=True):
        try:
            arrays.append(_as_array(value, dtype))
        except (TypeError, ValueError):
            raise TypeError(
                "`generator` yielded an element that could not be converted to the expected type. "
                f"The expected type was {dtype.name}, but the yielded element was {value}."
            ) from None
    for array, dtype, shape in zip(arrays, types, shapes, strict=True):
        if array.dtype != dtype.as_numpy_dtype:
            raise TypeError(
                f"`generator` yielded an element of type {array.dtype} where an element of type "
                f"{dtype.as_numpy_dtype} was expected."
            )
        if not shape.is_compatible_with(array.shape):
            raise ValueError(
                f"`generator` yielded an element of shape {array.shape} where an element of shape "
                f"{shape} was expected."
            )
    return arrays


def _as_array(value: Any, dtype: dtypes.DType) -> np.ndarray:
    array = np.asarray(value, dtype=dtype.as_numpy_dtype, order="C")
    if dtype != dtypes.string:
        return array
    encoded = np.empty(array.shape, object)
    for place in np.ndindex(*array.shape):
        item = array[place]
        if isinstance(item, str):
            item = item.encode("utf-8")
        if not isinstance(item, bytes):
            raise TypeError(f"Unsupported object type {type(item).__name__}")
        encoded[place] = item
    return encoded


DatasetV2._kinds["from_generator"] = from_generator
