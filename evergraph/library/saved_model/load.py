"""`tf.compat.v2.saved_model.load`: the objects that `tf.saved_model.save` wrote."""

import os
from collections.abc import Callable
from typing import Any

from evergraph.api.custom_gradient import copy_handle_data
from evergraph.api.resource_variable_ops import UninitializedVariable, is_resource_variable
from evergraph.api.variable_base import validate_synchronization_aggregation_trainable
from evergraph.api.variables import Variable
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import add_to_collection, device, executing_eagerly, init_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor import Tensor
from evergraph.graph.tensor_proto import make_ndarray
from evergraph.library.saved_model import (
    function_deserialization,
    load_v1_in_v2,
    loader_impl,
    revived_types,
    utils_impl,
)
from evergraph.library.saved_model.nested_structure_coder import StructureCoder
from evergraph.library.train.tracking.base import CheckpointPosition
from evergraph.library.train.tracking.graph_view import ObjectGraphView
from evergraph.library.train.tracking.tracking import (
    AutoTrackable,
    CapturableResource,
    CapturableResourceDeleter,
    TrackableAsset,
    TrackableResource,
)
from evergraph.library.train.tracking.util import TrackableSaver

Setter = Callable[[Any, str, Any], Any]


class _RestoredResource(TrackableResource):
    """A resource whose functions, of the SavedModel, are set as attributes."""

    def __init__(self, device: str = "") -> None:
        super().__init__(device=device)
        self._destroy_resource_fn: Any = None

    def _create_resource(self) -> Tensor:
        raise RuntimeError

    def _initialize(self) -> Any:
        raise RuntimeError

    @property
    def _destroy_resource(self) -> Any:
        return self._destroy_resource_fn

    @_destroy_resource.setter
    def _destroy_resource(self, destroy_resource_fn: Any) -> None:
        self._resource_deleter = CapturableResourceDeleter(destroy_resource_fn)
        self._destroy_resource_fn = destroy_resource_fn

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        functions = {"_create_resource": self._create_resource, "_initialize": self._initialize}
        if self._destroy_resource:
            functions["_destroy_resource"] = self._destroy_resource
        return functions


def _call_attribute(instance: Any, *args: Any, **kwargs: Any) -> Any:
    return instance.__call__(*args, **kwargs)


class Loader:
    """Makes the objects of a SavedModel.

    Args:
      object_graph_proto: the SavedObjectGraph.
      saved_model_proto: the SavedModel.
      export_dir: its folder.
    """

    def __init__(self, object_graph_proto: Any, saved_model_proto: Any, export_dir: str) -> None:
        meta_graph = saved_model_proto.meta_graphs[0]
        self._asset_file_def = meta_graph.asset_file_def
        self._operation_attributes = {n.name: n.attr for n in meta_graph.graph_def.node}
        self._proto = object_graph_proto
        self._export_dir = export_dir
        self._concrete_functions = function_deserialization.load_function_def_library(
            meta_graph.graph_def.library
        )
        self._nodes: list[Any] = []
        self._load_all()
        self._setup_functions_structures()
        self._setup_functions_captures()
        self._restore_checkpoint()
        for node in self._nodes:
            if isinstance(node, CapturableResource):
                init_op = node._initialize()
                if not executing_eagerly():
                    add_to_collection(GraphKeys.TABLE_INITIALIZERS, init_op)

    def get(self, node_id: int) -> Any:
        """An object by its number."""
        return self._nodes[node_id]

    def _setup_functions_structures(self) -> None:
        coder = StructureCoder()
        for name, proto in self._proto.concrete_functions.items():
            graph = self._concrete_functions[name].graph
            graph.structured_outputs = coder.decode_proto(proto.output_signature)
            graph.structured_input_signature = coder.decode_proto(
                proto.canonicalized_input_signature
            )

    def _setup_functions_captures(self) -> None:
        """Gives functions the tensors of objects that they capture."""
        for name, proto in sorted(self._proto.concrete_functions.items()):
            function = self._concrete_functions[name]
            nodes = [self._nodes[number] for number in proto.bound_inputs]
            captures = [self._tensor_of(node) for node in nodes]
            function._captured_inputs = captures
            graph = function.graph
            graph.variables = [node for node in nodes if is_resource_variable(node)]
            inside = graph.inputs[len(graph.inputs) - len(captures) :]
            graph.reset_captures(zip(captures, inside, strict=True))
            for outside, placeholder in graph.captures:
                if placeholder.dtype == dtypes.resource:
                    copy_handle_data(outside, placeholder)

    def _tensor_of(self, obj: Any) -> Tensor:
        """What functions capture of an object. Raises ValueError where there is no such thing."""
        with init_scope():
            if is_resource_variable(obj):
                return obj.handle
            if isinstance(obj, TrackableAsset):
                return obj.asset_path
            if isinstance(obj, Tensor):
                return obj
            if isinstance(obj, CapturableResource):
                return obj.resource_handle
            raise ValueError(f"Can't convert node {type(obj)} to tensor")

    def _load_all(self) -> None:
        """Makes all objects, then makes them parts of one another."""
        protos = self._proto.nodes
        slots = {slot.slot_variable_node_id for proto in protos for slot in proto.slot_variables}
        nodes: dict[int, tuple[Any, Setter]] = {
            number: self._recreate(proto)
            for number, proto in enumerate(protos)
            if number not in slots
        }
        for number, proto in enumerate(protos):
            for slot in proto.slot_variables:
                optimized = nodes[slot.original_variable_node_id][0]
                made = nodes[number][0].add_slot(var=optimized, slot_name=slot.slot_name)
                nodes[slot.slot_variable_node_id] = made, setattr
        for number, proto in enumerate(protos):
            obj, setter = nodes[number]
            self._nodes.append(obj)
            for part in proto.children:
                setter(obj, part.local_name, nodes[part.node_id][0])
                # Python looks for it in the class, of which there is one for each object.
                if part.local_name == "__call__" and not callable(obj):
                    type(obj).__call__ = _call_attribute

    def _restore_checkpoint(self) -> None:
        """Reads the variables; in a graph their initializers do it."""
        path = utils_impl.get_variables_path(self._export_dir)
        saver = TrackableSaver(ObjectGraphView(self.get(0)))
        with device("CPU"):
            saver._file_prefix_placeholder = constant(path)
        status = saver.restore(path)
        status.assert_existing_objects_matched()
        if executing_eagerly():
            return
        checkpoint = status._checkpoint
        for number, obj in dict(checkpoint.object_by_proto_id).items():
            position = CheckpointPosition(checkpoint, number)
            ops, tensors, python_states = position.gather_ops_or_named_saveables()
            ops += checkpoint.restore_saveables(tensors, python_states)
            if not ops:
                continue
            if not is_resource_variable(obj):
                raise NotImplementedError(
                    f"Missing functionality to restore state of object {obj!r} from the checkpoint."
                )
            obj._initializer_op = ops

    def _recreate(self, proto: Any) -> tuple[Any, Setter]:
        """An object of a SavedObject, and what sets its parts.

        Raises:
          ValueError: it is of an unknown kind.
        """
        kind = proto.WhichOneof("kind")
        if kind == "user_object":
            return self._recreate_user_object(proto.user_object)
        factories: dict[str | None, Callable[[Any], Any]] = {
            "asset": self._recreate_asset,
            "function": lambda p: function_deserialization.recreate_function(
                p, self._concrete_functions
            ),
            "bare_concrete_function": lambda p: (
                function_deserialization.setup_bare_concrete_function(p, self._concrete_functions)
            ),
            "variable": self._recreate_variable,
            "constant": self._recreate_constant,
            "resource": lambda p: _RestoredResource(device=p.device),
        }
        if kind not in factories:
            raise ValueError(f"Unknown SavedObject type: {kind!r}")
        return factories[kind](getattr(proto, kind)), setattr

    def _recreate_user_object(self, proto: Any) -> tuple[Any, Setter]:
        return revived_types.deserialize(proto) or self._recreate_base_user_object(proto)

    def _recreate_base_user_object(self, proto: Any) -> tuple[Any, Setter]:
        class _UserObject(AutoTrackable):
            pass

        return _UserObject(), setattr

    def _recreate_asset(self, proto: Any) -> TrackableAsset:
        name = self._asset_file_def[proto.asset_file_def_index].filename
        return TrackableAsset(os.path.join(utils_impl.get_assets_dir(self._export_dir), name))

    def _recreate_variable(self, proto: Any) -> Any:
        name = proto.name or None
        modes = validate_synchronization_aggregation_trainable(
            proto.synchronization,
            proto.aggregation,
            proto.trainable,
            name=name or "<variable loaded from saved model>",
        )

        def uninitialized(next_creator: Any, **kwargs: Any) -> Any:
            return UninitializedVariable(**kwargs)

        # What creators around have to say about a variable, they say before.
        with get_default_graph()._variable_creator_scope(uninitialized, first=True):
            return Variable(
                None,
                shape=proto.shape,
                dtype=proto.dtype,
                name=name,
                synchronization=modes[0],
                aggregation=modes[1],
                trainable=modes[2],
            )

    def _recreate_constant(self, proto: Any) -> Tensor:
        value = self._operation_attributes[proto.operation]["value"].tensor
        array = make_ndarray(value)
        if dtypes.as_dtype(value.dtype) == dtypes.string:
            with device("CPU"):
                return constant(array)
        return constant(array)


@export("saved_model.load_v2")
def load(export_dir: Any, tags: Any = None) -> Any:
    """The object that `tf.saved_model.save` wrote, with its variables, resources and functions.

    Stands for `tf.compat.v2.saved_model.load`. Of a SavedModel of a graph it makes an object that
    has the signatures as `signatures`, the variables as `variables`, the graph as `graph` and
    `prune`, which gives other functions of it.

    Args:
      export_dir: the folder.
      tags: the tags of the graph, one or several; default: there is one graph only.

    Raises:
      OSError: there is no SavedModel.
      ValueError: `tags` are not those of the graph.
    """
    return load_internal(export_dir, tags)


def load_internal(export_dir: Any, tags: Any = None, loader_cls: Any = Loader) -> Any:
    """As `load`, by a class derived from `Loader`."""
    if tags is not None and not isinstance(tags, set):
        tags = nest.flatten(tags)
    saved_model = loader_impl.parse_saved_model(export_dir)
    meta_graph_def = saved_model.meta_graphs[0]
    if len(saved_model.meta_graphs) != 1 or not meta_graph_def.HasField("object_graph_def"):
        with init_scope():
            return load_v1_in_v2.load(export_dir, tags)
    info = meta_graph_def.meta_info_def
    if tags is not None and set(tags) != set(info.tags):
        raise ValueError(
            f"The SavedModel at {export_dir} has one MetaGraph with tags {info.tags}, but got an "
            f"incompatible argument tags={tags} to tf.saved_model.load. You may omit it, pass "
            "'None', or pass matching tags."
        )
    with init_scope():
        root = loader_cls(meta_graph_def.object_graph_def, saved_model, export_dir).get(0)
    root.tensorflow_version = info.tensorflow_version
    root.tensorflow_git_version = info.tensorflow_git_version
    return root
