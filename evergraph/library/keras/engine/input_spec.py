"""What a layer asks of its inputs."""

from typing import Any, Self

from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape


@export("layers.InputSpec", "keras.layers.InputSpec")
class InputSpec:
    """The dtype, rank and sizes that a layer asks of an input; None asks nothing.

    Stands for `tf.layers.InputSpec`.

    Args:
      dtype: its element type.
      shape: its shape, with None for any size. It tells the rank, too.
      ndim, max_ndim, min_ndim: its rank, or bounds of it.
      axes: sizes by axis.

    Raises:
      TypeError: an axis is no integer.
      ValueError: there is an axis beyond the rank.
    """

    def __init__(
        self,
        dtype: Any = None,
        shape: Any = None,
        ndim: int | None = None,
        max_ndim: int | None = None,
        min_ndim: int | None = None,
        axes: dict[int, Any] | None = None,
    ) -> None:
        self.dtype = None if dtype is None else dtypes.as_dtype(dtype).name
        self.shape = shape
        self.ndim = ndim if shape is None else len(shape)
        self.max_ndim = max_ndim
        self.min_ndim = min_ndim
        try:
            self.axes = {int(axis): size for axis, size in (axes or {}).items()}
        except (AttributeError, ValueError, TypeError):
            raise TypeError("The keys in axes must be integers.") from None
        rank = self.ndim or self.max_ndim
        if self.axes and (self.ndim is not None or self.max_ndim is not None):
            highest, last = max(self.axes), (rank or 0) - 1
            if highest > last:
                raise ValueError(
                    f"Axis {highest} is greater than the maximum allowed value: {last}"
                )

    def __repr__(self) -> str:
        set_values = ", ".join(f"{k}={v}" for k, v in self.get_config().items() if v)
        return f"InputSpec({set_values})"

    def get_config(self) -> dict[str, Any]:
        """The arguments."""
        names = ("dtype", "shape", "ndim", "max_ndim", "min_ndim", "axes")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        """The object with these arguments."""
        return cls(**config)


def to_tensor_shape(spec: InputSpec) -> TensorShape:
    """The shape that an InputSpec tells, as far as it does."""
    if spec.shape is not None:
        return TensorShape(spec.shape)
    if spec.ndim is None:
        return TensorShape(None)
    return TensorShape([spec.axes.get(axis) for axis in range(spec.ndim)])


def assert_input_compatibility(input_spec: Any, inputs: Any, layer_name: str) -> None:
    """Compares inputs with the specs of a layer, both perhaps nested.

    Raises:
      ValueError: they are not as many, or one is not as it should be.
    """
    if not input_spec:
        return
    inputs, specs = nest.flatten(inputs), nest.flatten(input_spec)
    if len(inputs) != len(specs):
        raise ValueError(
            f"Layer {layer_name} expects {len(specs)} inputs, but it received {len(inputs)} "
            f"input tensors. Inputs received: {inputs}"
        )
    for index, (x, spec) in enumerate(zip(inputs, specs, strict=True)):
        if spec is not None:
            complaint = _complaint(x, spec)
            if complaint:
                raise ValueError(
                    f"Input {index} of layer {layer_name} is incompatible with the layer: "
                    f"{complaint}"
                )
            _check_shape(x, spec, index, layer_name)


def _complaint(x: Any, spec: InputSpec) -> str | None:
    """What is wrong with the rank, dtype or a size of `x`."""
    ndim = x.shape.ndims
    if ndim is None:
        if not (spec.ndim is spec.min_ndim is spec.max_ndim is None):
            return "its rank is undefined, but the layer requires a defined rank."
    elif spec.ndim is not None and ndim != spec.ndim:
        received = x.shape.as_list()
        return f"expected ndim={spec.ndim}, found ndim={ndim}. Full shape received: {received}"
    elif spec.max_ndim is not None and ndim > spec.max_ndim:
        return f"expected max_ndim={spec.max_ndim}, found ndim={ndim}"
    elif spec.min_ndim is not None and ndim < spec.min_ndim:
        return (
            f": expected min_ndim={spec.min_ndim}, found ndim={ndim}. "
            f"Full shape received: {x.shape.as_list()}"
        )
    if spec.dtype is not None and x.dtype != spec.dtype:
        return f"expected dtype={spec.dtype}, found dtype={x.dtype}"
    for axis, size in spec.axes.items():
        size, sizes = getattr(size, "value", size), x.shape.as_list()
        if size is not None and sizes[axis] not in (size, None):
            return (
                f"expected axis {axis} of input shape to have value {size} but received input "
                f"with shape {sizes}"
            )
    return None


def _check_shape(x: Any, spec: InputSpec, index: int, layer_name: str) -> None:
    if spec.shape is None:
        return
    sizes = x.shape.as_list()
    for wanted, found in zip(spec.shape, sizes, strict=False):
        if None not in (wanted, found) and wanted != found:
            raise ValueError(
                f"Input {index} is incompatible with layer {layer_name}: "
                f"expected shape={spec.shape}, found shape={sizes}"
            )
