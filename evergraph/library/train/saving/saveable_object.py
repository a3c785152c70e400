"""SaveableObject: something whose tensors a Saver writes and brings back."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.base.dtypes import DType
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class SaveSpec:
    """One tensor of a checkpoint.

    Args:
      tensor: the tensor to save, or a function that makes it when the saver is built.
      slice_spec: the part of the whole that it is, "10 4 0,5:-"; "" for all.
      name: its name in the checkpoint.
      dtype, device: its type and device; asked of `tensor` unless that is a function.

    Raises:
      AssertionError: `tensor` is a function, and `dtype` or `device` is missing.
    """

    def __init__(
        self,
        tensor: Tensor | Callable[[], Tensor],
        slice_spec: str,
        name: str,
        dtype: DType | None = None,
        device: str | None = None,
    ) -> None:
        self._tensor = tensor
        self.slice_spec = slice_spec
        self.name = name
        if not callable(tensor):
            dtype, device = tensor.dtype, tensor.device
        elif dtype is None or device is None:
            raise AssertionError(
                "When passing a callable `tensor` to a SaveSpec, an explicit dtype and device must "
                "be provided."
            )
        self.dtype: DType | None = dtype
        self.device: str | None = device

    @property
    def tensor(self) -> Tensor:
        """The tensor to save. Made anew, nodes and all, where a function makes it."""
        return self._tensor() if callable(self._tensor) else self._tensor


class SaveableObject:
    """What a Saver saves under one name. Subclasses say how it is restored.

    Args:
      op: whose tensors these are, such as a variable.
      specs: the SaveSpecs, all on one device.
      name: the name to save under.
    """

    def __init__(self, op: Any, specs: Sequence[SaveSpec], name: str) -> None:
        self.op = op
        self.specs = specs
        self.name = name

    @property
    def optional_restore(self) -> bool:
        """Whether a checkpoint may do without it."""
        return False

    @property
    def device(self) -> str | None:
        """The device of the tensors."""
        return self.specs[0].device

    def restore(
        self, restored_tensors: Sequence[Tensor], restored_shapes: Sequence[Any] | None
    ) -> Operation | Tensor:
        """A node that puts the tensors of a checkpoint back.

        Args:
          restored_tensors: a tensor for each of `specs`.
          restored_shapes: the shapes to give them; None: as they are.

        Raises:
          ValueError: this class does not say how.
        """
        raise ValueError("Calling an abstract method.")
