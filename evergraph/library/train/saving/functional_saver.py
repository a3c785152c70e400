"""Savers of objects: nodes that write and read SaveableObjects of any devices."""

import uuid
from collections.abc import Iterable
from typing import Any

from evergraph.api import array_ops, string_ops
from evergraph.base import dtypes
from evergraph.base.tensor_spec import TensorSpec
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, device
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.eager import def_function
from evergraph.library.train.saving.saveable_object import SaveableObject
from evergraph.library.train.saving.saveable_object_util import set_cpu0
from evergraph.proto.protobuf import saver_pb2

_PREFIX = (TensorSpec((), dtypes.string),)


class _SingleDeviceSaver:
    """Writes and reads the saveables of one device."""

    def __init__(self, saveable_objects: Iterable[SaveableObject]) -> None:
        self._saveable_objects = list(saveable_objects)
        for saveable in self._saveable_objects:
            if not isinstance(saveable, SaveableObject):
                raise ValueError(f"Expected a list of SaveableObjects, got {saveable}.")

    def save(self, file_prefix: Any) -> Operation:
        """The node that writes a checkpoint."""
        specs = [spec for saveable in self._saveable_objects for spec in saveable.specs]
        tensors = [spec.tensor for spec in specs]
        names = [spec.name for spec in specs]
        slices = [spec.slice_spec for spec in specs]
        with device("cpu:0"):
            return apply_op("SaveV2", file_prefix, names, slices, tensors)

    def restore(self, file_prefix: Any) -> dict[str, Any]:
        """The nodes that restore, by the names of saveables."""
        specs = [spec for saveable in self._saveable_objects for spec in saveable.specs]
        names = [spec.name for spec in specs]
        slices = [spec.slice_spec for spec in specs]
        types = [spec.dtype for spec in specs]
        with device("cpu:0"):
            tensors = iter(apply_op("RestoreV2", file_prefix, names, slices, dtypes=types))
        return {
            saveable.name: saveable.restore([next(tensors) for _ in saveable.specs], None)
            for saveable in self._saveable_objects
        }


def sharded_filename(filename_tensor: Any, shard: int, num_shards: Any) -> Tensor:
    """The file of one shard of several."""
    return apply_op("ShardedFilename", filename_tensor, shard, num_shards)


class MultiDeviceSaver:
    """Writes saveables from their devices into one checkpoint, and reads them back.

    Raises:
      ValueError: one of `saveable_objects` is none.
    """

    def __init__(self, saveable_objects: Iterable[SaveableObject]) -> None:
        groups: dict[Any, list[SaveableObject]] = {}
        for saveable in saveable_objects:
            if not isinstance(saveable, SaveableObject):
                raise ValueError(f"Expected a dictionary of SaveableObjects, got {saveable}.")
            groups.setdefault(saveable.device, []).append(saveable)
        self._savers = sorted((place, _SingleDeviceSaver(group)) for place, group in groups.items())

    def to_proto(self) -> Any:
        """The SaverDef of new nodes of the default graph: calls of functions that save, restore."""

        def _traced_save(file_prefix: Any) -> Tensor:
            with control_dependencies([self.save(file_prefix)]), device("cpu:0"):
                return array_ops.identity(file_prefix)

        def _traced_restore(file_prefix: Any) -> Tensor:
            restored = self.restore(file_prefix)
            with control_dependencies(list(restored.values())), device("cpu:0"):
                return array_ops.identity(file_prefix)

        filename = array_ops.placeholder(dtypes.string, shape=[], name="saver_filename")
        save, restore = (
            def_function.function(function, input_signature=_PREFIX, autograph=False)(filename)
            for function in (_traced_save, _traced_restore)
        )
        return saver_pb2.SaverDef(
            filename_tensor_name=filename.name,
            save_tensor_name=save.name,
            restore_op_name=restore.op.name,
            version=saver_pb2.SaverDef.V2,
        )

    def save(self, file_prefix: Any) -> Operation:
        """The node that makes one checkpoint of what each device has written."""
        with device("cpu:0"):
            temporary = string_ops.string_join([file_prefix, f"_temp_{uuid.uuid4().hex}/part"])
        num_shards = constant(len(self._savers), name="num_shards")
        prefixes, saved = [], []
        place = ""
        for shard, (place, saver) in enumerate(self._savers):
            with device(set_cpu0(place)):
                prefixes.append(sharded_filename(temporary, shard, num_shards))
            with device(place):
                saved.append(saver.save(prefixes[-1]))
        with control_dependencies(saved), device(set_cpu0(place)):
            return apply_op("MergeV2Checkpoints", prefixes, file_prefix, delete_old_dirs=True)

    def restore(self, file_prefix: Any) -> dict[str, Any]:
        """The nodes that restore, by the names of saveables."""
        restored: dict[str, Any] = {}
        for place, saver in self._savers:
            with device(place):
                restored.update(saver.restore(file_prefix))
        return restored
