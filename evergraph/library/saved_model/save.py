"""`tf.saved_model.save`: objects with their variables and functions in a folder."""

import os
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from evergraph.api import array_ops, control_flow_ops
from evergraph.api.resource_variable_ops import (
    ResourceVariable,
    copy_to_graph_uninitialized,
    is_resource_variable,
)
from evergraph.base import dtypes
from evergraph.base.compat import as_str_any, as_text
from evergraph.base.export import export
from evergraph.base.object_identity import ObjectIdentityDictionary, ObjectIdentityWeakKeyDictionary
from evergraph.base.platform import file_io
from evergraph.base.trackable import Trackable, TrackableReference
from evergraph.base.version import GIT_VERSION, VERSION
from evergraph.graph.constant import constant
from evergraph.graph.defaults import control_dependencies, device, executing_eagerly
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor
from evergraph.library.eager import def_function
from evergraph.library.eager import function as defun
from evergraph.library.meta_graph_parts import (
    strip_graph_default_valued_attrs,
    stripped_op_list_for_graph,
)
from evergraph.library.saved_model import (
    assets,
    constants,
    function_serialization,
    revived_types,
    signature_constants,
    signature_def_utils_impl,
    signature_serialization,
    tag_constants,
    utils_impl,
)
from evergraph.library.train.saving.functional_saver import MultiDeviceSaver
from evergraph.library.train.tracking.graph_view import ObjectGraphView
from evergraph.library.train.tracking.tracking import CapturableResource, TrackableAsset
from evergraph.library.train.tracking.util import TrackableSaver
from evergraph.proto.protobuf import meta_graph_pb2, saved_model_pb2, saved_object_graph_pb2

_UNCOPIABLE_DTYPES = (dtypes.resource, dtypes.variant)


class _CapturedConstant(NamedTuple):
    """A constant that a function captures: the tensor, and its copy in the written graph."""

    eager_tensor: Tensor
    graph_tensor: Tensor


class _AugmentedGraphView(ObjectGraphView):
    """What hangs on an object, the functions of each object, and parts that are only saved."""

    def __init__(self, root: Any) -> None:
        building = executing_eagerly() or get_default_graph().building_function
        super().__init__(root, None if building else ObjectIdentityWeakKeyDictionary())
        self._extra_dependencies = ObjectIdentityDictionary()
        # Asked once: an object may make a new function each time.
        self._functions = ObjectIdentityDictionary()
        self._serialization_cache = ObjectIdentityDictionary()

    def add_object(self, parent_node: Any, name_in_parent: str, subgraph_root: Any) -> None:
        """Gives an object a part, in place of its own of that name."""
        self._extra_dependencies.setdefault(parent_node, {})[name_in_parent] = subgraph_root

    def list_dependencies(self, obj: Any) -> Iterator[TrackableReference]:
        """The parts of an object. Raises ValueError for a part with a name that is reserved."""
        extra = dict(obj._list_extra_dependencies_for_serialization(self._serialization_cache))
        extra.update(self._extra_dependencies.get(obj, {}))
        for name, part in super().list_dependencies(obj):
            if name in extra and name != signature_serialization.SIGNATURE_ATTRIBUTE_NAME:
                raise ValueError(
                    f"Error when exporting object {obj} of with identifier="
                    f"{obj._object_identifier}. The object has an attribute named {name}, which is "
                    f"reserved. List of all reserved attributes: {extra.keys()}"
                )
            yield TrackableReference(name, extra.pop(name, part))
        yield from (TrackableReference(name, part) for name, part in extra.items())

    def list_functions(self, obj: Any) -> dict[str, Any]:
        """The functions of an object by name."""
        functions: dict[str, Any] | None = self._functions.get(obj)
        if functions is None:
            functions = obj._list_functions_for_serialization(self._serialization_cache)
            self._functions[obj] = functions
        return functions


class _Assets:
    """The files that a SavedModel has."""

    def __init__(self) -> None:
        self.definitions: list[Any] = []
        self.initializers: dict[Tensor, Any] = {}  # by the tensor of the path
        self.paths: dict[str, str] = {}  # by names in the folder
        self.numbers = ObjectIdentityDictionary()

    def add(self, asset: TrackableAsset, resource_map: dict[Tensor, Any]) -> None:
        """Adds a file: a variable that is set to its path when the model is loaded."""
        tensor = asset.asset_path
        path = as_str_any(constant_value(tensor).item())
        name = assets.get_asset_filename_to_add(path, self.paths)
        initial = array_ops.placeholder(
            dtypes.string, shape=tensor.shape, name="asset_path_initializer"
        )
        variable = ResourceVariable(initial)
        self.paths[name] = path
        definition = meta_graph_pb2.AssetFileDef(filename=as_text(name))
        definition.tensor_info.name = initial.name
        self.initializers[tensor] = variable.initializer
        self.numbers[asset] = len(self.definitions)
        self.definitions.append(definition)
        resource_map[tensor] = variable


class _SaveableView:
    """The objects and functions to save, each with a number; listed once."""

    def __init__(self, checkpoint_view: _AugmentedGraphView) -> None:
        self.checkpoint_view = checkpoint_view
        self.nodes, self.node_ids, self.slots = checkpoint_view.objects_ids_and_slot_variables()
        self.captured_tensor_node_ids: dict[Tensor, int] = {}
        self.concrete_functions: list[Any] = []
        seen = set()
        for node in list(self.nodes):
            for function in checkpoint_view.list_functions(node).values():
                if function not in self.node_ids:
                    self.node_ids[function] = len(self.nodes)
                    self.nodes.append(function)
                concrete = [function]
                if isinstance(function, def_function.Function):
                    concrete = function._list_all_concrete_functions_for_serialization()
                for each in concrete:
                    if each.name not in seen:
                        seen.add(each.name)
                        self.concrete_functions.append(each)

    def fill_object_graph(self, proto: Any) -> None:
        """Writes the objects and their parts into a SavedObjectGraph."""
        functions = (def_function.Function, defun.ConcreteFunction, _CapturedConstant)
        for node in self.nodes:
            made = proto.nodes.add()
            made.slot_variables.extend(self.slots.get(node, ()))
            if isinstance(node, functions):
                continue
            for child in self.checkpoint_view.list_dependencies(node):
                made.children.add(node_id=self.node_ids[child.ref], local_name=child.name)
            for name, function in self.checkpoint_view.list_functions(node).items():
                made.children.add(node_id=self.node_ids[function], local_name=name)

    def map_resources(self) -> tuple[Any, dict[Tensor, Any], _Assets]:
        """Makes, in the default graph, what functions capture.

        Returns:
          Copies of variables by these; tensors by those that functions capture; files.

        Raises:
          ValueError: a function captures a tensor of a graph.
        """
        object_map = ObjectIdentityDictionary()
        resource_map: dict[Tensor, Any] = {}
        found = _Assets()
        for number, obj in enumerate(self.nodes):
            if isinstance(obj, CapturableResource):
                with device(obj._resource_device):
                    resource_map[obj.resource_handle] = obj._create_resource()
                self.captured_tensor_node_ids[obj.resource_handle] = number
            elif is_resource_variable(obj):
                object_map[obj] = copy = copy_to_graph_uninitialized(obj)
                resource_map[obj.handle] = copy.handle
                self.captured_tensor_node_ids[obj.handle] = number
            elif isinstance(obj, TrackableAsset):
                found.add(obj, resource_map)
                self.captured_tensor_node_ids[obj.asset_path] = number
        for function in self.concrete_functions:
            for capture in function.captured_inputs:
                known = capture in self.captured_tensor_node_ids
                if not known and capture.dtype not in _UNCOPIABLE_DTYPES:
                    resource_map[capture] = self._add_constant(function, capture)
        return object_map, resource_map, found

    def _add_constant(self, function: Any, capture: Tensor) -> Tensor:
        value = constant_value(capture)
        if value is None:
            raise ValueError(
                f"Attempted to save a function {function.name.encode()!r} which references a "
                f"symbolic Tensor {capture} that is not a simple constant. This is not supported."
            )
        node = _CapturedConstant(capture, constant(value))
        self.node_ids[node] = self.captured_tensor_node_ids[capture] = len(self.nodes)
        self.nodes.append(node)
        return node.graph_tensor


def _call_with_mapped_captures(function: Any, args: Any, resource_map: dict[Tensor, Any]) -> Any:
    """A call, in the written graph, with that graph's copies of what the function captures.

    Raises:
      AssertionError: there is no copy, as the object is no part of what is saved.
    """
    captures = []
    for outside, inside in function.graph.captures:
        if outside not in resource_map:
            raise AssertionError(
                f"Tried to export a function which references untracked object {inside}."
                "TensorFlow objects (e.g. tf.Variable) captured by functions must be tracked by "
                "assigning them to an attribute of a tracked object or assigned to an attribute of "
                "the main object directly."
            )
        captures.append(resource_map[outside])  # the variable of a path is read by the call
    return function._call_flat(args, captures)


def _placeholders(function: Any, arguments: Iterable[Tensor], key: str) -> dict[str, Tensor]:
    """Placeholders for arguments by their names. Raises ValueError where two have one name."""
    made = {}
    for inside in arguments:
        name = as_str_any(inside.op.get_attr("_user_specified_name"))
        if name != inside.op.name:
            raise ValueError(
                f"Got non-flat/non-unique argument names for SavedModel signature '{key}': more "
                f"than one argument to '{function.name}' was named '{name}'. Signatures have one "
                "Tensor per named input, so to have predictable names Python functions used to "
                "generate these signatures should avoid *args and Tensors in nested structures "
                "unless unique names are specified for each. Use tf.TensorSpec(..., name=...) to "
                "provide a name for a Tensor input."
            )
        made[name] = array_ops.placeholder(inside.dtype, shape=inside.shape, name=f"{key}_{name}")
    return made


def _signature_defs(functions: dict[str, Any], resource_map: dict[Tensor, Any]) -> dict[str, Any]:
    """SignatureDefs of calls, which are made in the default graph."""
    signatures = {}
    for key, function in sorted(functions.items()):
        count = len(function.graph.inputs) - len(function.graph.captures)
        inputs = _placeholders(function, function.graph.inputs[:count], key)
        outputs = _call_with_mapped_captures(function, list(inputs.values()), resource_map)
        info = utils_impl.build_tensor_info_internal
        signatures[key] = signature_def_utils_impl.build_signature_def(
            {name: info(t) for name, t in inputs.items()},
            {name: info(t) for name, t in outputs.items()},
            method_name=signature_constants.PREDICT_METHOD_NAME,
        )
    return signatures


def _resource_initializers(objects: Iterable[Any]) -> list[Any]:
    """A function for each resource that fills it."""

    def initializer(obj: Any) -> Any:
        def initialize() -> Any:
            obj._initialize()
            return constant(1.0)  # the call is something to wait for

        return def_function.function(initialize, input_signature=[]).get_concrete_function()

    return [initializer(obj) for obj in objects if isinstance(obj, CapturableResource)]


def _add_init_op(
    meta_graph_def: Any, initializers: list[Any], resource_map: dict[Tensor, Any], found: _Assets
) -> None:
    """Adds the operation that fills resources and sets paths, by both ways of naming it."""
    calls = []
    for function in initializers:
        captured = function.graph.external_captures
        with control_dependencies(
            [found.initializers[t] for t in captured if t in found.initializers]
        ):
            calls.append(_call_with_mapped_captures(function, [], resource_map))
    with control_dependencies([*calls, *found.initializers.values()]):
        init_op = control_flow_ops.no_op()
    meta_graph_def.collection_def[constants.MAIN_OP_KEY].node_list.value.append(init_op.name)
    key = constants.INIT_OP_SIGNATURE_KEY
    signature = signature_def_utils_impl.op_signature_def(init_op, key)
    meta_graph_def.signature_def[key].CopyFrom(signature)


def _fill_meta_graph_def(meta_graph_def: Any, view: _SaveableView, functions: Any) -> _Assets:
    """Writes a graph with copies of variables and resources, calls of signatures, and a saver."""
    initializers = _resource_initializers(view.nodes)
    with Graph().as_default() as graph:
        object_map, resource_map, found = view.map_resources()
        _add_init_op(meta_graph_def, initializers, resource_map, found)
    # Objects are asked for their state outside; nodes are made inside.
    saveables = view.checkpoint_view.frozen_saveable_objects(object_map=object_map, to_graph=graph)
    saver = MultiDeviceSaver(saveables)
    with graph.as_default():
        signatures = _signature_defs(functions, resource_map)
        for function in view.concrete_functions:
            function.add_to_graph()
        meta_graph_def.saver_def.CopyFrom(saver.to_proto())
    meta_graph_def.graph_def.CopyFrom(graph.as_graph_def(add_shapes=True))
    info = meta_graph_def.meta_info_def
    info.tags.append(tag_constants.SERVING)
    info.tensorflow_version = VERSION
    info.tensorflow_git_version = GIT_VERSION
    info.stripped_default_attrs = True
    info.stripped_op_list.MergeFrom(stripped_op_list_for_graph(meta_graph_def.graph_def))
    meta_graph_def.asset_file_def.extend(found.definitions)
    for key, signature in signatures.items():
        meta_graph_def.signature_def[key].CopyFrom(signature)
    strip_graph_default_valued_attrs(meta_graph_def)
    return found


def _object_graph(view: _SaveableView, found: _Assets) -> Any:
    """The SavedObjectGraph."""
    proto = saved_object_graph_pb2.SavedObjectGraph()
    view.fill_object_graph(proto)
    for function in view.concrete_functions:
        proto.concrete_functions[function.name].CopyFrom(
            function_serialization.serialize_concrete_function(
                function, view.captured_tensor_node_ids
            )
        )
    for obj, node in zip(view.nodes, proto.nodes, strict=True):
        _write_object(obj, node, found)
    return proto


def _write_object(obj: Any, proto: Any, found: _Assets) -> None:
    """Writes what kind of object one is into its SavedObject."""
    if isinstance(obj, TrackableAsset):
        proto.asset.SetInParent()
        proto.asset.asset_file_def_index = found.numbers[obj]
    elif is_resource_variable(obj):
        variable = proto.variable
        variable.name = obj.name.removesuffix(":0")
        variable.trainable = obj.trainable
        variable.dtype = obj.dtype.as_datatype_enum
        variable.synchronization = obj.synchronization.value
        variable.aggregation = obj.aggregation.value
        variable.shape.CopyFrom(obj.shape.as_proto())
    elif isinstance(obj, def_function.Function):
        proto.function.CopyFrom(function_serialization.serialize_function(obj))
    elif isinstance(obj, defun.ConcreteFunction):
        made = function_serialization.serialize_bare_concrete_function(obj)
        proto.bare_concrete_function.CopyFrom(made)
    elif isinstance(obj, _CapturedConstant):
        proto.constant.operation = obj.graph_tensor.op.name
    elif isinstance(obj, CapturableResource):
        proto.resource.SetInParent()
        proto.resource.device = obj._resource_device
    else:
        known = revived_types.serialize(obj)
        proto.user_object.CopyFrom(
            known or revived_types.user_object(obj._object_identifier, obj._tracking_metadata)
        )


@export("saved_model.save", "saved_model.experimental.save")
def save(obj: Any, export_dir: Any, signatures: Any = None) -> None:
    """Writes an object with its parts: their variables, resources, files and `tf.function`s.

    Stands for `tf.saved_model.save`. `tf.compat.v2.saved_model.load` makes such objects again; the
    SavedModel is one of graphs, too.

    Args:
      obj: a `tf.Module` or another object that knows its parts.
      export_dir: the folder.
      signatures: the functions that are the SavedModel's signatures: a `tf.function` with an input
        signature or a concrete function, or a dict of them by signature keys; default: the only
        function of `obj` that can be one.

    Raises:
      AssertionError: it is called in the body of a `tf.function`; a function captures a variable
        or resource that is no part of `obj`.
      ValueError: `obj` does not know its parts; a function cannot be a signature; a function
        captures a tensor of a graph.
    """
    if get_default_graph().building_function:
        raise AssertionError(
            "tf.saved_model.save is not supported inside a traced @tf.function. Move the call to "
            "the outer eagerly-executed context."
        )
    if not isinstance(obj, Trackable):
        raise ValueError(f"Expected a Trackable object for export, got {obj}.")
    checkpoint_view = _AugmentedGraphView(obj)
    if signatures is None:
        signatures = signature_serialization.find_function_to_export(checkpoint_view)
    functions = signature_serialization.canonicalize_signatures(signatures)
    signature_serialization.validate_saveable_view(checkpoint_view)
    checkpoint_view.add_object(
        checkpoint_view.root,
        signature_serialization.SIGNATURE_ATTRIBUTE_NAME,
        signature_serialization.create_signature_map(functions),
    )
    # Listing functions may make variables, which are listed the second time.
    _SaveableView(checkpoint_view)
    view = _SaveableView(checkpoint_view)
    saved_model = saved_model_pb2.SavedModel(
        saved_model_schema_version=constants.SAVED_MODEL_SCHEMA_VERSION
    )
    meta_graph_def = saved_model.meta_graphs.add()
    saver = TrackableSaver(checkpoint_view)
    found = _fill_meta_graph_def(meta_graph_def, view, functions)
    utils_impl.get_or_create_variables_dir(export_dir)
    saver.save(utils_impl.get_variables_path(export_dir))
    assets.copy_assets_to_destination_dir(found.paths, export_dir)
    meta_graph_def.object_graph_def.CopyFrom(_object_graph(view, found))
    path = os.path.join(as_text(export_dir), constants.SAVED_MODEL_FILENAME_PB)
    file_io.atomic_write_string_to_file(path, saved_model.SerializeToString())
