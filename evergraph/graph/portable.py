"""GraphDef → Graph: `tf.import_graph_def`.

Nodes become part of the graph in TensorFlow's order: of those whose inputs are there, the first one
in the
GraphDef is next. Edges back to a loop's Merge are added last.
"""

import heapq
from collections.abc import Sequence
from typing import Any

from google.protobuf.message import Message

from evergraph.base import errors
from evergraph.base.compat import as_str, bytes_or_text_types
from evergraph.base.deprecation import deprecated_args
from evergraph.base.export import export
from evergraph.base.version import VERSION
from evergraph.graph import attr_value, names
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.functions import GraphFunction, functions_of_library
from evergraph.graph.graph import PRODUCER, Graph, get_default_graph
from evergraph.graph.node_checks import (
    argument_types,
    check_deprecation,
    check_input_count,
    native_attrs,
)
from evergraph.graph.op_summary import type_name
from evergraph.graph.operation import Operation
from evergraph.graph.registry import Entry, lookup
from evergraph.graph.shape_inference import infer_shapes
from evergraph.graph.tensor import Tensor, merge_dims
from evergraph.proto.framework import graph_pb2, versions_pb2

CONTROL = -1
"""The output index that stands for a node itself in edges of control."""

_LOCATION = "loc:@"

# Ops whose recorded output shapes may be wrong: written by older versions whose shape rules were.
_SHAPES_MAY_DIFFER = frozenset(
    """RandomShuffleQueue PaddingFIFOQueue FIFOQueue PriorityQueue QueueSize Stack Barrier
    BarrierReadySize BarrierIncompleteSize HashTable MutableHashTable MutableHashTableOfTensors
    Mutex
    CuckooTable IndexTable WholeFileReader TextLineReader FixedLengthRecordReader TFRecordReader
    IdentityReader LMDBReader RefSwitch RefEnter RefNextIteration RefMerge RefIdentity
    ConditionalAccumulator SparseConditionalAccumulator Table
    FusedBatchNormGrad FusedBatchNormGradV2 FusedBatchNormGradV3""".split()
)
# The last three are not TensorFlow's: training graphs of older versions record sizes for what their
# gradients leave empty, and 1.15 refuses to load them.

TensorId = tuple[str, int]


@export("import_graph_def", "graph_util.import_graph_def")
@deprecated_args(
    None,
    "Please file an issue at https://github.com/tensorflow/tensorflow/issues if you depend on this "
    "feature.",
    "op_dict",
)
def import_graph_def(
    graph_def: Any,
    input_map: dict[Any, Any] | None = None,
    return_elements: Sequence[Any] | None = None,
    name: str | None = None,
    op_dict: Any = None,
    producer_op_list: Any = None,
) -> list[Any] | None:
    """Adds the nodes of a GraphDef to the default graph. Stands for `tf.import_graph_def`.

    Args:
      graph_def: a GraphDef. Default values of attrs are added to it.
      input_map: tensors of the graph by the names of tensors in `graph_def` that they replace as
        inputs;
        "^x" replaces the control input x.
      return_elements: names in `graph_def` of operations ("x") and tensors ("x:0") to return.
      name: a prefix for names, made unique; "" for none. Default: "import".
      op_dict: has no effect.
      producer_op_list: an OpList of the program that wrote `graph_def`: attrs that are unknown here
        and have
        the default value there are dropped.

    Returns:
      The `return_elements`, or None.

    Raises:
      TypeError: an argument is not of its type.
      ValueError: `graph_def` is not a whole and valid graph, or names are not in it.
      NotFoundError: op types are not known.
    """
    return import_graph(
        graph_def, input_map, return_elements, name=name, producer_op_list=producer_op_list
    )


def import_graph_def_for_function(graph_def: Any, name: str | None = None) -> None:
    """As `tf.import_graph_def`, without a check of colocations."""
    import_graph(graph_def, name=name, validate_colocation=False)


def import_graph(
    graph_def: Any,
    input_map: dict[Any, Any] | None = None,
    return_elements: Sequence[Any] | None = None,
    name: str | None = None,
    producer_op_list: Any = None,
    validate_colocation: bool = True,
) -> list[Any] | None:
    """As `import_graph_def`."""
    graph_def = _as_graph_def(graph_def)
    if input_map is None:
        input_map = {}
    elif not isinstance(input_map, dict) or not all(
        isinstance(k, bytes_or_text_types) for k in input_map
    ):
        raise TypeError("input_map must be a dictionary mapping strings to Tensor objects.")
    wanted = None
    if return_elements is not None:
        if not all(isinstance(x, bytes_or_text_types) for x in return_elements):
            raise TypeError("return_elements must be a list of strings.")
        wanted = [as_str(x) for x in return_elements]
    if producer_op_list is not None:
        _remove_default_attrs(producer_op_list, graph_def)
    with name_scope(name, "import", list(input_map.values())) as scope:
        prefix = scope[:-1] if scope else ""
        input_map = _as_tensors(name, input_map)
    mapped = _mapping(input_map)
    returned = [_parsed_element(x) for x in wanted or []]
    importer = _Importer(get_default_graph(), graph_def, prefix, mapped, validate_colocation)
    elements = importer.run(returned)
    unused = importer.unused_keys()
    if unused:
        raise ValueError(
            f"Attempted to map inputs that were not found in graph_def: [{', '.join(unused)}]"
        )
    return None if wanted is None else elements


def _as_graph_def(graph_def: Any) -> Any:
    """A GraphDef with all defaults of attrs: the caller's own where it is one of ours."""
    if not isinstance(graph_def, graph_pb2.GraphDef):
        if not isinstance(graph_def, Message) or graph_def.DESCRIPTOR.name != "GraphDef":
            raise TypeError("graph_def must be a GraphDef proto.")
        return graph_pb2.GraphDef.FromString(graph_def.SerializeToString())
    for node in graph_def.node:
        entry = lookup(node.op)
        if entry is None:
            continue
        for attr in entry.signature.attrs:
            if attr.has_default and node.attr[attr.name].WhichOneof("value") is None:
                attr_value.fill(node.attr[attr.name], attr.kind, attr.default)
            elif attr.name in node.attr and node.attr[attr.name].WhichOneof("value") is None:
                del node.attr[attr.name]
    return graph_def


def _remove_default_attrs(producer_op_list: Any, graph_def: Any) -> None:
    producer = {op.name: {a.name: a for a in op.attr} for op in producer_op_list.op}
    for node in graph_def.node:
        entry = lookup(node.op)
        if entry is None or node.op not in producer:
            continue
        for key in list(node.attr):
            attr = producer[node.op].get(key)
            if key in entry.signature.attr_by_name or attr is None:
                continue
            if attr.HasField("default_value") and (
                node.attr[key].SerializeToString() == attr.default_value.SerializeToString()
            ):
                del node.attr[key]


def _as_tensors(name: str | None, input_map: dict[Any, Any]) -> dict[Any, Tensor]:
    if all(isinstance(v, Tensor) for v in input_map.values()):
        return input_map
    if name == "":
        raise ValueError(
            "tf.import_graph_def() requires a non-empty `name` if `input_map` contains non-Tensor "
            "values. Try calling tf.convert_to_tensor() on `input_map` values before calling "
            "tf.import_graph_def()."
        )
    with name_scope("_inputs"):
        return {k: convert_to_tensor(v) for k, v in input_map.items()}


def _parsed_name(tensor_name: str) -> TensorId:
    parts = tensor_name.split(":")
    if len(parts) == 1:
        return parts[0], 0
    if len(parts) == 2:
        try:
            return parts[0], int(parts[1])
        except ValueError:
            pass
    raise ValueError(f"Cannot convert {tensor_name!r} to a tensor name.")


def _parsed_element(name: str) -> TensorId:
    return _parsed_name(name) if ":" in name else (name, CONTROL)


def _mapping(input_map: dict[Any, Tensor]) -> dict[TensorId, Tensor]:
    mapped = {}
    for key, tensor in input_map.items():
        key = as_str(key)
        mapped[(key[1:], CONTROL) if key.startswith("^") else _parsed_name(key)] = tensor
    return mapped


def _parsed_input(text: str) -> TensorId:
    """The edge that an input in a NodeDef names: "x", "x:1" or "^x"."""
    if text.startswith("^"):
        return text[1:], CONTROL
    name, colon, index = text.rpartition(":")
    if colon and index.isdigit():
        return name, int(index)
    return text, 0


def check_versions(versions: Any) -> None:
    """Raises ValueError where a graph of these versions cannot be read here."""
    if versions.min_consumer > PRODUCER:
        raise ValueError(
            f"GraphDef min consumer version {versions.min_consumer} above current version "
            f"{PRODUCER} "
            f"for TensorFlow {VERSION}.  Please upgrade TensorFlow."
        )
    if versions.producer < 0:
        raise ValueError(
            f"GraphDef producer version {versions.producer} below min producer 0 supported by "
            f"TensorFlow {VERSION}.  Please regenerate your graph."
        )
    if PRODUCER in versions.bad_consumers:
        raise ValueError(
            f"GraphDef disallows consumer version {PRODUCER}.  Please upgrade TensorFlow: this "
            "version "
            "is likely buggy."
        )


class _Importer:
    """One import. Names as in the GraphDef are keys; `nodes` holds what they became."""

    def __init__(
        self,
        graph: Graph,
        graph_def: Any,
        prefix: str,
        input_map: dict[TensorId, Tensor],
        validate_colocation: bool,
    ) -> None:
        self.graph = graph
        # The caller may go on changing its own.
        self.graph_def = graph_pb2.GraphDef()
        self.graph_def.CopyFrom(graph_def)
        self.prefix = prefix
        self.input_map = input_map
        self.validate_colocation = validate_colocation
        self.used_keys: set[TensorId] = set()
        self.position: dict[str, int] = {}
        self.inputs: list[list[TensorId]] = []
        self.nodes: dict[str, Operation] = {}
        self.renamed: dict[str, str] = {}
        self.back_edges: list[tuple[Operation, int, TensorId]] = []
        self.functions: list[GraphFunction] = []
        self.taken = self._names_in_graph()

    def run(self, returned: Sequence[TensorId]) -> list[Any]:
        """Adds all nodes; nothing is left of them where one does not fit."""
        self.graph._check_not_finalized()
        check_versions(self.graph_def.versions)
        self._index()
        order_left = self._pending()
        self._add_functions()
        self._check_op_types()
        first = len(self.graph._nodes)
        before = versions_pb2.VersionDef()
        before.CopyFrom(self.graph._graph_def_versions)
        self._update_versions()  # shape rules may ask for the producer
        try:
            self._add_nodes(order_left)
            self._close_loops()
            elements = [self._element(x) for x in returned]
        except BaseException:
            self.graph._drop_nodes(first)
            self.graph._graph_def_versions.CopyFrom(before)
            raise
        self._rename_locations()
        self._join_scopes(self.graph._nodes[first:])
        return elements

    # -- what the GraphDef says

    def _index(self) -> None:
        for n, node in enumerate(self.graph_def.node):
            if not names.VALID_OP_NAME.match(node.name):
                raise ValueError(f"Node '{node.name}': Node name contains invalid characters")
            if node.name in self.position:
                raise ValueError(f"Node '{node.name}' is not unique")
            self.position[node.name] = n
            if not node.op:
                raise ValueError(f"Node '{node.name}' does not specify an operation")
            controls = [i.startswith("^") for i in node.input]
            if controls != sorted(controls):
                raise ValueError(
                    f"Node '{node.name}': Control dependencies must come after regular dependencies"
                )

    def _pending(self) -> list[int]:
        """For each node, how many inputs it has to wait for."""
        loops_back = {n.name for n in self.graph_def.node if n.op.endswith("NextIteration")}
        self.consumers: list[list[int]] = [[] for _ in self.graph_def.node]
        pending = []
        for n, node in enumerate(self.graph_def.node):
            edges = [_parsed_input(i) for i in node.input]
            self.inputs.append(edges)
            count = len(edges)
            if node.op in ("Merge", "RefMerge") and any(
                name in loops_back for name, index in edges if index != CONTROL
            ):
                # The way into the loop is enough; the way back is added when all nodes are there.
                count = 1 + sum(index == CONTROL for _, index in edges)
            for edge, text in zip(edges, node.input, strict=True):
                if edge in self.input_map:
                    count -= 1
                elif edge[0] not in self.position:
                    raise ValueError(f"Node '{node.name}': Unknown input node '{text}'")
                else:
                    self.consumers[self.position[edge[0]]].append(n)
            pending.append(count)
        return pending

    def _add_functions(self) -> None:
        for function in functions_of_library(self.graph_def.library):
            function.add_to_graph(self.graph)

    def _entry(self, op_type: str) -> Entry | None:
        entry = lookup(op_type)
        if entry is None:
            function = self.graph._get_function(op_type)
            entry = None if function is None else function.entry
        return entry

    def _check_op_types(self) -> None:
        """Reports all unknown op types, the first one in TensorFlow's words."""
        unknown = sorted(
            {n.op for n in self.graph_def.node if self._entry(n.op) is None},
            key=lambda op_type: [n.op for n in self.graph_def.node].index(op_type),
        )
        if not unknown:
            return
        try:
            self.graph._entry(unknown[0])
        except errors.NotFoundError as error:
            if len(unknown) > 1:
                error.add_note(
                    "All op types of this graph that are not known: " + ", ".join(unknown)
                )
            raise

    # -- nodes

    def _names_in_graph(self) -> set[str]:
        """Names of nodes, and of the scopes that they are in."""
        taken = set()
        for name in self.graph._nodes_by_name:
            taken.add(name)
            end = name.rfind("/")
            while end > 0 and name[:end] not in taken:
                taken.add(name[:end])
                end = name.rfind("/", 0, end)
        return taken

    def _name_of(self, name: str) -> str:
        """The name in the graph for a node of the GraphDef, made unique."""
        full = f"{self.prefix}/{name}" if self.prefix else name
        if full not in self.taken:
            return full
        if not hasattr(self, "own_names"):
            self.own_names = set()
            for other in self.position:
                self.own_names.add(other)
                while "/" in other:
                    other = other.rpartition("/")[0]
                    self.own_names.add(other)
        count = 1
        unique = f"{full}_{count}"
        while unique in self.taken or unique in self.own_names:
            count += 1
            unique = f"{full}_{count}"
        self.renamed[full] = unique
        return unique

    def _add_nodes(self, pending: list[int]) -> None:
        ready = [n for n, count in enumerate(pending) if count == 0]
        heapq.heapify(ready)
        added = 0
        while ready:
            n = heapq.heappop(ready)
            self._add_node(n)
            added += 1
            for consumer in self.consumers[n]:
                pending[consumer] -= 1
                if pending[consumer] == 0:
                    heapq.heappush(ready, consumer)
        if added < len(pending):
            raise ValueError(f"{len(pending) - added} nodes in a cycle")

    def _add_node(self, n: int) -> None:
        node = self.graph_def.node[n]
        if self.validate_colocation and "_class" in node.attr:
            self._check_colocation(node)
        sources, controls, back = self._sources(node, self.inputs[n])
        name = self._name_of(node.name)
        entry = self._entry(node.op)
        assert entry is not None
        attrs = native_attrs(node, name, entry)
        expected = argument_types(entry.signature.inputs, attrs)
        check_input_count(expected, len(sources), entry, name)
        check_deprecation(entry, self.graph_def.versions.producer)
        output_types = argument_types(entry.signature.outputs, attrs)
        self._relocate(attrs)
        shapes = attrs.pop("_output_shapes", None)
        present = [t for t in sources if t is not None]
        op = Operation._bare(self.graph, node.op, name, entry, tuple(present), attrs, output_types)
        op._device = node.device
        op._input_types_val = expected
        for i, tensor in enumerate(sources):
            if tensor is not None:
                _check_type(op, i, tensor, expected[i])
        if back:
            # Nothing is known of a loop's variable before the loop is closed.
            op._outputs[1].dims = ()
            filled = (t if t is not None else present[0] for t in sources)
            op._inputs = type(op._inputs)(filled)
            self.back_edges.extend((op, i, edge) for i, edge in back)
        else:
            infer_shapes(op)
        if shapes is not None:
            _set_shapes(op, shapes.list.shape)
        self.graph._register(op, controls)
        self.nodes[node.name] = op

    def _sources(
        self, node: Any, edges: Sequence[TensorId]
    ) -> tuple[list[Tensor | None], list[Operation], list[tuple[int, TensorId]]]:
        """The inputs, control inputs and edges back of a node; None stands for an input not there
        yet."""
        sources: list[Tensor | None] = []
        controls: dict[str, Operation] = {}
        back = []
        for i, edge in enumerate(edges):
            name, index = edge
            if edge in self.input_map:
                self.used_keys.add(edge)
                tensor = self.input_map[edge]
                if index == CONTROL:
                    controls[tensor.op.name] = tensor.op
                else:
                    sources.append(tensor)
                continue
            op = self.nodes.get(name)
            if op is None:
                if node.op not in ("Merge", "RefMerge"):
                    raise ValueError(
                        f"Node '{node.name}' had a back edge, but only Merge nodes can have back "
                        "edges."
                    )
                back.append((i, edge))
                sources.append(None)
            elif index == CONTROL:
                controls[name] = op
            elif index >= len(op.outputs):
                raise ValueError(
                    f"Node '{node.name}': Connecting to invalid output {index} of source node "
                    f"{name} "
                    f"which has {len(op.outputs)} outputs."
                )
            else:
                sources.append(op.outputs[index])
        return sources, [controls[name] for name in sorted(controls)], back

    def _close_loops(self) -> None:
        for op, i, (name, index) in self.back_edges:
            tensor = self.nodes[name].outputs[index]
            _check_type(op, i, tensor, op._input_types[i])
            op._replace_input(i, tensor)

    def _element(self, element: TensorId) -> Any:
        name, index = element
        if element in self.input_map and index != CONTROL:
            self.used_keys.add(element)
            return self.input_map[element]
        op = self.nodes.get(name)
        if index == CONTROL:
            if op is None:
                raise ValueError(f"Requested return node '{name}' not found in graph def")
            return op
        if op is None:
            raise ValueError(f"Requested return tensor '{name}:{index}' not found in graph def")
        if not 0 <= index < len(op.outputs):
            raise ValueError(
                f"Invalid return output {index} of node '{name}', which has {len(op.outputs)} "
                "output(s)"
            )
        return op.outputs[index]

    def unused_keys(self) -> list[str]:
        """Keys of the input map that name nothing in the GraphDef."""
        unused = []
        for key in self.input_map:
            name, index = key
            op = self.nodes.get(name)
            if key not in self.used_keys and (op is None or index >= len(op.outputs)):
                unused.append(f"^{name}" if index == CONTROL else f"{name}:{index}")
        return unused

    def _update_versions(self) -> None:
        own, new = self.graph._graph_def_versions, self.graph_def.versions
        own.producer = min(own.producer, new.producer)
        own.min_consumer = max(own.min_consumer, new.min_consumer)
        bad = sorted({*own.bad_consumers, *new.bad_consumers})
        del own.bad_consumers[:]
        own.bad_consumers.extend(bad)

    # -- places

    def _check_colocation(self, node: Any) -> None:
        for group in node.attr["_class"].list.s:
            location = group.decode()
            if location.startswith(_LOCATION) and location[5:] not in self.position:
                raise ValueError(
                    f"Node '{node.name}' expects to be colocated with unknown node '{location[5:]}'"
                )

    def _relocate(self, attrs: dict[str, Any]) -> None:
        """Puts the prefix before the nodes that a node is to be placed with."""
        if not self.prefix or "_class" not in attrs:
            return
        groups = attrs["_class"].list.s
        mark = _LOCATION.encode()
        groups[:] = [
            b"%s%s/%s" % (mark, self.prefix.encode(), g[5:]) if g.startswith(mark) else g
            for g in groups
        ]

    def _rename_locations(self) -> None:
        """Follows names that were made unique."""
        if not self.renamed:
            return
        for op in self.nodes.values():
            if "_class" in op._attrs:
                groups = op._attrs["_class"].list.s
                groups[:] = [
                    (_LOCATION + self.renamed.get(g.decode()[5:], g.decode()[5:])).encode()
                    if g.startswith(_LOCATION.encode())
                    else g
                    for g in groups
                ]

    def _join_scopes(self, ops: Sequence[Operation]) -> None:
        """Lets the surrounding blocks take effect on the new nodes, and gives them their
        devices."""
        graph = self.graph
        used = graph._names.used
        for op in ops:
            # All of them at once: in an imported loop, one may come after what uses it.
            op._control_flow_context = graph._get_control_flow_context()
            used.setdefault(op._name.lower(), 1)
            graph._apply_attr_scopes(op)
            graph._record_op_seen_by_control_dependencies(op)
            if graph._blocks.colocation:
                graph._apply_colocation(op)
        for op in ops:
            op._add_control_inputs(graph._control_for_inputs(op._inputs, graph._blocks.control))
            graph._join_context(op)
        colocated = []
        for op in ops:
            device, op._device = op._device, ""
            others = [g.decode()[5:] for g in op.colocation_groups() if g.decode()[5:] != op._name]
            if others:
                colocated.append((op, others))
            elif device:
                with graph.device(device):
                    graph._apply_device_functions(op)
            else:
                graph._apply_device_functions(op)
        for op, others in colocated:
            self._place_with(op, others)

    def _place_with(self, op: Operation, others: Sequence[str]) -> None:
        for name in others:
            other = self.graph._nodes_by_name.get(name)
            if other is None:
                if self.graph.building_function:
                    continue  # what a function captures has another name in its FunctionDef
                raise ValueError(
                    "Specified colocation to an op that does not exist during import: "
                    f"{name} in {op.name}"
                )
            if other._device:
                op._device = other._device
                return


def _check_type(op: Operation, i: int, tensor: Tensor, expected: Any) -> None:
    given = tensor.dtype
    if given.base_dtype != expected.base_dtype or (
        expected._is_ref_dtype and not given._is_ref_dtype
    ):
        raise ValueError(
            f"Input {i} of node {op.name} was passed {type_name(given)} from {tensor.name} "
            "incompatible "
            f"with expected {type_name(expected)}."
        )


def _set_shapes(op: Operation, shapes: Sequence[Any]) -> None:
    """Adds the recorded shapes of outputs to what the shape rule says."""
    if len(shapes) < len(op.outputs):
        raise ValueError(
            f"Node '{op.name}' has {len(op.outputs)} outputs but the _output_shapes attribute "
            "specifies "
            f"shapes for {len(shapes)} outputs"
        )
    for i, (tensor, shape) in enumerate(zip(op.outputs, shapes, strict=False)):
        try:
            tensor.dims = merge_dims(tensor.dims, attr_value.dims_of_proto(shape))
        except ValueError as error:
            if op.type in _SHAPES_MAY_DIFFER:
                continue
            raise ValueError(
                f"Node '{op.name}' has an _output_shapes attribute inconsistent with the GraphDef "
                "for "
                f"output #{i}: {error}"
            ) from None
