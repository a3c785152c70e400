"""One value that a checkpoint keeps as several."""

import functools
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import control_flow_ops
from evergraph.base.export import export
from evergraph.base.trackable import VARIABLE_VALUE_KEY, Trackable
from evergraph.graph.tensor import Tensor
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec


class _CallbackSaveable(SaveableObject):
    """A tensor that a function makes, and a function takes back."""

    def __init__(
        self,
        name: str,
        dtype: Any,
        device: str,
        save_callback: Callable[[], Tensor],
        restore_callback: Callable[[Tensor], Any],
    ) -> None:
        self._restore_callback = restore_callback
        spec = SaveSpec(save_callback, "", name, dtype=dtype, device=device)
        super().__init__(save_callback, [spec], name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Any:
        (tensor,) = restored_tensors
        return self._restore_callback(tensor)


class _Whole:
    """What the components of one value share.

    Tensors that were made together wait here until all components were asked for, or came.
    """

    def __init__(
        self, size: int, fill: Callable[[dict], Any], consume: Callable[[dict], Any]
    ) -> None:
        self._size, self._fill, self._consume = size, fill, consume
        self._to_save: dict[str, Tensor] = {}
        self._restored: dict[str, Tensor] = {}

    def save(self, name: str, component: Any) -> Tensor:
        if name not in self._to_save:
            if self._to_save:
                raise AssertionError(
                    f"Split dependency {name} ({component}) unsynchronized. Split dependencies "
                    "must be saved together."
                )
            self._fill(self._to_save)
        return self._to_save.pop(name)

    def restore(self, name: str, component: Any, tensor: Tensor) -> Any:
        if name in self._restored:
            raise AssertionError(
                f"Split dependency {name} ({component}) unsynchronized. Split dependencies must be "
                "restored together."
            )
        self._restored[name] = tensor
        if len(self._restored) < self._size:
            return control_flow_ops.no_op()
        node = self._consume(self._restored)
        self._restored.clear()
        return node


class _SplitDependency(Trackable):
    """One component."""

    def __init__(self, whole: _Whole, name: str, dtype: Any, device: str) -> None:
        self._whole, self._name = whole, name
        self._dtype, self._device = dtype, device

    def _gather_saveables_for_checkpoint(self) -> dict[str, Any]:
        saveable = functools.partial(
            _CallbackSaveable,
            dtype=self._dtype,
            device=self._device,
            save_callback=functools.partial(self._whole.save, self._name, self),
            restore_callback=functools.partial(self._whole.restore, self._name, self),
        )
        return {VARIABLE_VALUE_KEY: saveable}


@export("contrib.checkpoint.split_dependency")
def split_dependency(
    component_names: Sequence[str],
    component_dtypes: Sequence[Any],
    fill_save_buffer_fn: Callable[[dict], Any],
    consume_restore_buffer_fn: Callable[[dict], Any],
    device: str,
) -> dict[str, Trackable]:
    """Objects that a checkpoint keeps each on its own, though they are one value. Stands for
    `tf.contrib.checkpoint.split_dependency`.

    Args:
      component_names: their names.
      component_dtypes: their element types.
      fill_save_buffer_fn: puts the tensors to save into the dict it is given, by name.
      consume_restore_buffer_fn: makes a node that takes the tensors of such a dict back.
      device: where the tensors are.

    Returns:
      Trackable objects by name.
    """
    whole = _Whole(len(component_names), fill_save_buffer_fn, consume_restore_buffer_fn)
    return {
        name: _SplitDependency(whole, name, dtype, device)
        for name, dtype in zip(component_names, component_dtypes, strict=False)
    }
