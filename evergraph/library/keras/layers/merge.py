"""Layers of several inputs: sums, products, means, extremes, concatenation."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, math_ops, nn_impl
from evergraph.base.export import export
from evergraph.library.keras.engine.base_layer import Layer
from evergraph.library.keras.functions import elements
from evergraph.library.keras.functions.arrays import batch_dot
from evergraph.library.keras.functions.arrays import concatenate as concatenated
from evergraph.library.keras.utils.tf_utils import shape_type_conversion

NOT_A_LIST = "A merge layer should be called on a list of inputs."


def _broadcast(first: Any, second: Any) -> list[Any]:
    """The shape of an element-wise operation."""
    if len(first) < len(second):
        first, second = second, first
    result = list(first[: len(first) - len(second)])
    for i, j in zip(first[len(result) :], second, strict=True):
        if i is None or j is None:
            result.append(None)
        elif 1 in (i, j) or i == j:
            result.append(j if i == 1 else i)
        else:
            raise ValueError(
                "Operands could not be broadcast together with shapes "
                f"{tuple(first)} {tuple(second)}"
            )
    return result


class _Merge(Layer):
    """An operation on the elements of all inputs; lower ranks get axes after the batch's.

    Raises:
      ValueError: the inputs are no list of two or more, or of different batch sizes.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        raise NotImplementedError

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Compares the shapes."""
        if not isinstance(input_shape, list):
            raise ValueError(NOT_A_LIST)
        if len(input_shape) < 2:
            raise ValueError(
                "A merge layer should be called on a list of at least 2 inputs. Got "
                f"{len(input_shape)} inputs."
            )
        batches = {shape[0] for shape in input_shape} - {None}
        if len(batches) > 1:
            raise ValueError(
                "Can not merge tensors with different batch sizes. Got tensors with shapes : "
                f"{input_shape}"
            )
        functools.reduce(_broadcast, (shape[1:] for shape in input_shape))
        self._reshape_required = len({len(shape) for shape in input_shape}) != 1
        self.built = True

    def call(self, inputs: Any) -> Any:
        if not isinstance(inputs, list):
            raise ValueError(NOT_A_LIST)
        ranks = [x.shape.ndims for x in inputs]
        if self._reshape_required:
            if None in ranks:
                raise ValueError(f"Can not merge tensors of unknown rank: {inputs}")
            inputs = [_with_rank(x, max(ranks)) for x in inputs]
        return self._merge_function(inputs)

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """What the shapes broadcast to, after the batch's size."""
        found = functools.reduce(_broadcast, (shape[1:] for shape in input_shape))
        batches = {shape[0] for shape in input_shape} - {None}
        return (batches.pop() if len(batches) == 1 else None, *found)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Where all masks are True.

        Raises:
          ValueError: the masks are no list as long as that of the inputs.
        """
        if mask is None:
            return None
        _check_masks(inputs, mask)
        if all(m is None for m in mask):
            return None
        masks = [array_ops.expand_dims(m, axis=0) for m in mask if m is not None]
        return elements.all(concatenated(masks, axis=0), axis=0, keepdims=False)


def _check_masks(inputs: Any, mask: Any) -> None:
    for name, value in (("mask", mask), ("inputs", inputs)):
        if not isinstance(value, list):
            raise ValueError(f"`{name}` should be a list.")
    if len(mask) != len(inputs):
        raise ValueError("The lists `inputs` and `mask` should have the same length.")


def _with_rank(x: Any, rank: int) -> Any:
    for _ in range(rank - x.shape.ndims):
        x = array_ops.expand_dims(x, axis=1)
    return x


@export("keras.layers.Add")
class Add(_Merge):
    """The sum of the inputs. Stands for `tf.keras.layers.Add`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return functools.reduce(lambda x, y: x + y, inputs)


@export("keras.layers.Subtract")
class Subtract(_Merge):
    """The first input minus the second. Stands for `tf.keras.layers.Subtract`.

    Raises:
      ValueError: there are not two.
    """

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        _Merge.build(self, input_shape)
        if len(input_shape) != 2:
            raise ValueError("A `Subtract` layer should be called on exactly 2 inputs")

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return inputs[0] - inputs[1]


@export("keras.layers.Multiply")
class Multiply(_Merge):
    """The product of the inputs. Stands for `tf.keras.layers.Multiply`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return functools.reduce(lambda x, y: x * y, inputs)


@export("keras.layers.Average")
class Average(_Merge):
    """The mean of the inputs. Stands for `tf.keras.layers.Average`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return functools.reduce(lambda x, y: x + y, inputs) / len(inputs)


@export("keras.layers.Maximum")
class Maximum(_Merge):
    """The largest of the inputs. Stands for `tf.keras.layers.Maximum`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return functools.reduce(math_ops.maximum, inputs)


@export("keras.layers.Minimum")
class Minimum(_Merge):
    """The smallest of the inputs. Stands for `tf.keras.layers.Minimum`."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        return functools.reduce(math_ops.minimum, inputs)


@export("keras.layers.Concatenate")
class Concatenate(_Merge):
    """The inputs one after the other. Stands for `tf.keras.layers.Concatenate`.

    Args:
      axis: the axis along which they are joined.

    Raises:
      ValueError: the inputs are no list of two or more, or their other sizes differ.
    """

    def __init__(self, axis: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = axis

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        if not isinstance(input_shape, list) or len(input_shape) < 2:
            raise ValueError(
                "A `Concatenate` layer should be called on a list of at least 2 inputs"
            )
        self._reshape_required = False
        others = {
            tuple(size for i, size in enumerate(shape) if i != self.axis % len(shape))
            for shape in input_shape
        }
        if len(others) > 1:
            raise ValueError(
                "A `Concatenate` layer requires inputs with matching shapes except for the concat "
                f"axis. Got inputs shapes: {input_shape}"
            )
        self.built = True

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        rank = inputs[0].shape.ndims
        axis = (self.axis % rank if rank else 0) if self.axis < 0 else self.axis
        return array_ops.concat(list(inputs), axis)

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The first shape with the sum of sizes at the axis."""
        if not isinstance(input_shape, list):
            raise ValueError("A `Concatenate` layer should be called on a list of inputs.")
        found = list(input_shape[0])
        sizes = [shape[self.axis] for shape in input_shape]
        found[self.axis] = None if None in sizes else sum(sizes)
        return tuple(found)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """The masks one after the other, with True for inputs without one.

        Raises:
          ValueError: the masks are no list as long as that of the inputs.
        """
        if mask is None:
            return None
        _check_masks(inputs, mask)
        if all(m is None for m in mask):
            return None

        def spread(x: Any, own: Any) -> Any:
            if own is None:
                return array_ops.ones_like(x, dtype="bool")
            return array_ops.expand_dims(own, axis=-1) if own.shape.ndims < x.shape.ndims else own

        masks = concatenated(list(map(spread, inputs, mask)), axis=self.axis)
        return elements.all(masks, axis=-1, keepdims=False)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"axis": self.axis}


@export("keras.layers.Dot")
class Dot(_Merge):
    """The products of two inputs, example by example. Stands for `tf.keras.layers.Dot`.

    Args:
      axes: the axis along which products are summed, or one for each input.
      normalize: whether the inputs are divided by their length along it before.

    Raises:
      TypeError, ValueError: `axes` is no such thing.
    """

    def __init__(self, axes: Any, normalize: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        if not isinstance(axes, int):
            if not isinstance(axes, (list, tuple)):
                raise TypeError("Invalid type for `axes` - should be a list or an int.")
            if len(axes) != 2:
                raise ValueError("Invalid format for `axes` - should contain two elements.")
            if not isinstance(axes[0], int) or not isinstance(axes[1], int):
                raise ValueError('Invalid format for `axes` - list elements should be "int".')
        self.axes = axes
        self.normalize = normalize
        self._reshape_required = False

    def _axes_of(self, *ranks: int) -> list[int]:
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        return [axis % rank if axis < 0 else axis for axis, rank in zip(axes, ranks, strict=True)]

    @shape_type_conversion
    def build(self, input_shape: Any) -> None:
        """Compares the shapes. Raises ValueError for other than two, or of different sizes."""
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        first, second = input_shape
        axes = [self.axes] * 2 if isinstance(self.axes, int) else self.axes
        if first[axes[0]] != second[axes[1]]:
            raise ValueError(
                f"Dimension incompatibility {first[axes[0]]} != {second[axes[1]]}. "
                f"Layer shapes: {first}, {second}"
            )

    def _merge_function(self, inputs: Sequence[Any]) -> Any:
        if len(inputs) != 2:
            raise ValueError("A `Dot` layer should be called on exactly 2 inputs")
        first, second = inputs
        axes = self._axes_of(first.shape.ndims, second.shape.ndims)
        if self.normalize:
            first = nn_impl.l2_normalize(first, axis=axes[0])
            second = nn_impl.l2_normalize(second, axis=axes[1])
        return batch_dot(first, second, axes)

    @shape_type_conversion
    def compute_output_shape(self, input_shape: Any) -> tuple[Any, ...]:
        """The sizes of both without the axes summed over; a 1 where only the batch's is left."""
        if not isinstance(input_shape, list) or len(input_shape) != 2:
            raise ValueError("A `Dot` layer should be called on a list of 2 inputs.")
        first, second = map(list, input_shape)
        axes = (self.axes, self.axes) if isinstance(self.axes, int) else self.axes
        first.pop(axes[0])
        second.pop(axes[1])
        found = first + second[1:]
        return tuple(found if len(found) > 1 else [*found, 1])

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """None."""

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"axes": self.axes, "normalize": self.normalize}


def _called(make: Callable[..., Layer], inputs: Any, kwargs: dict[str, Any]) -> Any:
    return make(**kwargs)(inputs)


@export("keras.layers.add")
def add(inputs: Any, **kwargs: Any) -> Any:
    """`Add` called once. Stands for `tf.keras.layers.add`."""
    return _called(Add, inputs, kwargs)


@export("keras.layers.subtract")
def subtract(inputs: Any, **kwargs: Any) -> Any:
    """`Subtract` called once. Stands for `tf.keras.layers.subtract`."""
    return _called(Subtract, inputs, kwargs)


@export("keras.layers.multiply")
def multiply(inputs: Any, **kwargs: Any) -> Any:
    """`Multiply` called once. Stands for `tf.keras.layers.multiply`."""
    return _called(Multiply, inputs, kwargs)


@export("keras.layers.average")
def average(inputs: Any, **kwargs: Any) -> Any:
    """`Average` called once. Stands for `tf.keras.layers.average`."""
    return _called(Average, inputs, kwargs)


@export("keras.layers.maximum")
def maximum(inputs: Any, **kwargs: Any) -> Any:
    """`Maximum` called once. Stands for `tf.keras.layers.maximum`."""
    return _called(Maximum, inputs, kwargs)


@export("keras.layers.minimum")
def minimum(inputs: Any, **kwargs: Any) -> Any:
    """`Minimum` called once. Stands for `tf.keras.layers.minimum`."""
    return _called(Minimum, inputs, kwargs)


@export("keras.layers.concatenate")
def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """`Concatenate` called once. Stands for `tf.keras.layers.concatenate`."""
    return _called(Concatenate, inputs, {"axis": axis, **kwargs})


@export("keras.layers.dot")
def dot(inputs: Any, axes: Any, normalize: bool = False, **kwargs: Any) -> Any:
    """`Dot` called once. Stands for `tf.keras.layers.dot`."""
    return _called(Dot, inputs, {"axes": axes, "normalize": normalize, **kwargs})
