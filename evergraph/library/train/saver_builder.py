"""The nodes of a Saver: one that writes a checkpoint, one that reads one."""

import uuid
from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, grouping, string_ops
from evergraph.api.variables import PartitionedVariable
from evergraph.graph.apply import apply_op
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, device, name_scope
from evergraph.graph.device import canonical_name
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.train.saving import saveable_object, saveable_object_util
from evergraph.proto.protobuf import saver_pb2

Saveables = Sequence[saveable_object.SaveableObject]
Shards = Sequence[tuple[str, Saveables]]  # device and what is there


class BaseSaverBuilder:
    """Makes the nodes of a Saver, with a node for each tensor that is restored.

    Programs override its methods to save in their own ways.

    Args:
      write_version: `SaverDef.V1` or `SaverDef.V2`.
    """

    SaveSpec = saveable_object.SaveSpec
    SaveableObject = saveable_object.SaveableObject
    VariableSaveable = saveable_object_util.ReferenceVariableSaveable
    ResourceVariableSaveable = saveable_object_util.ResourceVariableSaveable

    def __init__(self, write_version: Any = saver_pb2.SaverDef.V2) -> None:
        self._write_version = write_version

    def save_op(self, filename_tensor: Tensor, saveables: Saveables) -> Operation:
        """The node that writes `saveables` to a file, or to files with that prefix.

        Raises:
          RuntimeError: there is no such version.
        """
        specs = [spec for saveable in saveables for spec in saveable.specs]
        tensors = [spec.tensor for spec in specs]
        names = [spec.name for spec in specs]
        slices = [spec.slice_spec for spec in specs]
        if self._write_version == saver_pb2.SaverDef.V1:
            return apply_op("SaveSlices", filename_tensor, names, slices, tensors, name="save")
        if self._write_version == saver_pb2.SaverDef.V2:
            return apply_op("SaveV2", filename_tensor, names, slices, tensors)
        raise RuntimeError(f"Unexpected write_version: {self._write_version}")

    def bulk_restore(
        self,
        filename_tensor: Tensor,
        saveables: Saveables,
        preferred_shard: int,
        restore_sequentially: bool,
    ) -> list[Tensor]:
        """The tensors of all specs of `saveables`, read from a checkpoint."""
        tensors: list[Tensor] = []
        for saveable in saveables:
            place = saveable_object_util.set_cpu0(saveable.device) if saveable.device else None
            with device(place):
                tensors.extend(self.restore_op(filename_tensor, saveable, preferred_shard))
        return tensors

    def restore_op(
        self,
        filename_tensor: Tensor,
        saveable: saveable_object.SaveableObject,
        preferred_shard: int,
    ) -> list[Tensor]:
        """The tensors of one saveable, read from a checkpoint."""
        return [
            _restore(filename_tensor, [spec.name], [spec.slice_spec], [spec.dtype])[0]
            for spec in saveable.specs
        ]

    def sharded_filename(self, filename_tensor: Tensor, shard: int, num_shards: Tensor) -> Tensor:
        """The file of one shard of several."""
        return apply_op("ShardedFilename", filename_tensor, shard, num_shards)

    def _AddSaveOps(self, filename_tensor: Tensor, saveables: Saveables) -> Tensor:
        """The file name, once `saveables` are written there."""
        save = self.save_op(filename_tensor, saveables)
        return grouping.with_dependencies([save], filename_tensor)

    def _AddShardedSaveOps(self, filename_tensor: Tensor, per_device: Shards) -> Tensor:
        """The checkpoint's name, once each device has written its part."""
        if self._write_version == saver_pb2.SaverDef.V2:
            return self._AddShardedSaveOpsForV2(filename_tensor, per_device)
        num_shards = constant(len(per_device), name="num_shards")
        saved = []
        for shard, (place, saveables) in enumerate(per_device):
            with device(place):
                name = self.sharded_filename(filename_tensor, shard, num_shards)
                saved.append(self._AddSaveOps(name, saveables))
        with control_dependencies([tensor.op for tensor in saved]):
            return apply_op("ShardedFilespec", filename_tensor, num_shards)

    def _AddShardedSaveOpsForV2(self, checkpoint_prefix: Tensor, per_device: Shards) -> Tensor:
        """Parts are written into a folder of their own; a node in the end makes them one."""
        suffix = f"_temp_{uuid.uuid4().hex}/part"
        temporary = string_ops.string_join([checkpoint_prefix, suffix])
        num_shards = constant(len(per_device), name="num_shards")
        names, saved = [], []
        place = ""
        for shard, (shard_device, saveables) in enumerate(per_device):
            place = saveable_object_util.set_cpu0(shard_device)
            with device(place):
                names.append(self.sharded_filename(temporary, shard, num_shards))
                saved.append(self._AddSaveOps(names[-1], saveables))
        with control_dependencies([tensor.op for tensor in saved]), device(place):
            merge = apply_op("MergeV2Checkpoints", names, checkpoint_prefix, delete_old_dirs=True)
            with control_dependencies([merge]):
                return array_ops.identity(checkpoint_prefix)

    def _AddRestoreOps(
        self,
        filename_tensor: Tensor,
        saveables: Saveables,
        restore_sequentially: bool,
        reshape: bool,
        preferred_shard: int = -1,
        name: str = "restore_all",
    ) -> Operation:
        """The node that restores `saveables`."""
        tensors = self.bulk_restore(
            filename_tensor, saveables, preferred_shard, restore_sequentially
        )
        restored = []
        at = 0
        for saveable in saveables:
            shapes = [_shape(spec.tensor) for spec in saveable.specs] if reshape else None
            end = at + len(saveable.specs)
            restored.append(saveable.restore(tensors[at:end], shapes))
            at = end
        return grouping.group(*restored, name=name)

    def _AddShardedRestoreOps(
        self,
        filename_tensor: Tensor,
        per_device: Shards,
        restore_sequentially: bool,
        reshape: bool,
    ) -> Operation:
        """The node that restores each device's part."""
        restored = []
        for shard, (place, saveables) in enumerate(per_device):
            with device(place):
                restored.append(
                    self._AddRestoreOps(
                        filename_tensor,
                        saveables,
                        restore_sequentially,
                        reshape,
                        preferred_shard=shard,
                        name="restore_shard",
                    )
                )
        return grouping.group(*restored, name="restore_all")

    def _GroupByDevices(self, saveables: Saveables) -> Shards:
        """`saveables` by the device of their tensors. Raises ValueError where one has several."""
        groups: dict[str, list[saveable_object.SaveableObject]] = {}
        for saveable in saveables:
            places = {canonical_name(spec.tensor.device) for spec in saveable.specs}
            if len(places) != 1:
                raise ValueError(
                    "All tensors of a saveable object must be on the same device: " + saveable.name
                )
            groups.setdefault(places.pop(), []).append(saveable)
        return sorted(groups.items(), key=lambda item: item[0])

    def build(
        self,
        names_to_saveables: Any,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        filename: str = "model",
    ) -> Any:
        """Adds the nodes to the default graph.

        Args:
          names_to_saveables: a dict of names and variables, or a list of variables.
          reshape: whether values take on the shapes of the variables.
          sharded: whether each device writes a file of its own.
          max_to_keep, keep_checkpoint_every_n_hours: go into the SaverDef.
          name: the name scope; default: "save".
          restore_sequentially: handed to `bulk_restore`.
          filename: the checkpoint's name where none is fed.

        Returns:
          The SaverDef, which names the nodes.
        """
        return self._build_internal(
            names_to_saveables,
            reshape=reshape,
            sharded=sharded,
            max_to_keep=max_to_keep,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            name=name,
            restore_sequentially=restore_sequentially,
            filename=filename,
        )

    def _build_internal(
        self,
        names_to_saveables: Any,
        reshape: bool = False,
        sharded: bool = False,
        max_to_keep: int | None = 5,
        keep_checkpoint_every_n_hours: float = 10000.0,
        name: str | None = None,
        restore_sequentially: bool = False,
        filename: str | None = "model",
        build_save: bool = True,
        build_restore: bool = True,
    ) -> Any:
        if not (build_save and build_restore):
            raise ValueError(
                "save and restore operations need to be built together  when eager execution is "
                "not enabled."
            )
        saveables = saveable_object_util.validate_and_slice_inputs(names_to_saveables)
        with name_scope(name, "save", [saveable.op for saveable in saveables]):
            # Programs feed the second, which has the name that old versions gave it.
            path = array_ops.placeholder_with_default(filename or "model", (), name="filename")
            path = array_ops.placeholder_with_default(path, (), name="Const")
            if sharded:
                shards = self._GroupByDevices(saveables)
                save = self._AddShardedSaveOps(path, shards)
                restore = self._AddShardedRestoreOps(path, shards, restore_sequentially, reshape)
            else:
                save = self._AddSaveOps(path, saveables)
                restore = self._AddRestoreOps(path, saveables, restore_sequentially, reshape)
        _join_partitioned_variables()
        return saver_pb2.SaverDef(
            filename_tensor_name=path.name,
            save_tensor_name=save.name,
            restore_op_name=restore.name,
            max_to_keep=max_to_keep or 0,
            sharded=sharded,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            version=self._write_version,
        )


class BulkSaverBuilder(BaseSaverBuilder):
    """Makes the nodes of a Saver; one node reads all tensors."""

    def bulk_restore(
        self,
        filename_tensor: Tensor,
        saveables: Saveables,
        preferred_shard: int,
        restore_sequentially: bool,
    ) -> list[Tensor]:
        specs = [spec for saveable in saveables for spec in saveable.specs]
        names = [spec.name for spec in specs]
        slices = [spec.slice_spec for spec in specs]
        with device("cpu:0"):
            return _restore(filename_tensor, names, slices, [spec.dtype for spec in specs])


def _restore(path: Tensor, names: list[str], slices: list[str], types: list[Any]) -> list[Tensor]:
    tensors: list[Tensor] = apply_op("RestoreV2", path, names, slices, dtypes=types)
    return tensors


def _shape(tensor: Tensor) -> Any:
    """The shape of a tensor as far as known while building, else as it is at run time."""
    shape = tensor.get_shape()
    return shape if shape.is_fully_defined() else array_ops.shape(tensor)


def _join_partitioned_variables() -> None:
    """Gives each partitioned variable of a collection the node that meta graphs name it by."""
    graph = get_default_graph()
    for key in graph.get_all_collection_keys():
        for element in graph.get_collection(key):
            if isinstance(element, PartitionedVariable):
                try:
                    graph.get_operation_by_name(element.name)
                except KeyError:
                    element.as_tensor()
