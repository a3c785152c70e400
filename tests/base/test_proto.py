"""The protocol messages have TensorFlow 1.15's fields and read and write TensorFlow's files."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest
from google.protobuf import descriptor_pb2, json_format, text_format

from evergraph.base.export import exported_symbols
from evergraph.base.tensor_shape import TensorShape
from evergraph.proto import exports
from evergraph.proto.example.example_pb2 import Example, SequenceExample
from evergraph.proto.framework.graph_pb2 import GraphDef
from evergraph.proto.protobuf.meta_graph_pb2 import MetaGraphDef
from evergraph.proto.protobuf.saved_model_pb2 import SavedModel
from evergraph.proto.util.event_pb2 import Event

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = json.loads((ROOT / "tests/golden/proto/descriptors.json").read_text())
SHARED = ROOT.parent / "shared/golden"
PROTOS = sorted((ROOT / "evergraph/proto").rglob("*.proto"))

needs_shared = pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/golden")


# Those outside tensorflow/core; compat/paths.py maps them for programs.
MOVED = {
    "contrib/decision_trees/proto/generic_tree_model": "contrib/generic_tree_model",
    "contrib/session_bundle/manifest": "contrib/manifest",
    "contrib/tensor_forest/proto/fertile_stats": "contrib/fertile_stats",
    "contrib/tensor_forest/proto/tensor_forest_params": "contrib/tensor_forest_params",
    "contrib/tensorboard/plugins/projector/projector_config": "plugins/projector_config",
    "contrib/training/python/training/hparam": "contrib/hparam",
    "python/framework/cpp_shape_inference": "framework/cpp_shape_inference",
    "python/training/checkpoint_state": "training/checkpoint_state",
}


def local_module(path):
    path = MOVED.get(path, path.removeprefix("core/"))
    return f"evergraph.proto.{path.replace('/', '.')}_pb2"


def field_facts(field, message):
    kind = descriptor_pb2.FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()
    label = descriptor_pb2.FieldDescriptorProto.Label.Name(field.label).removeprefix("LABEL_")
    return [
        field.name,
        field.number,
        field.type_name.rsplit(".", 1)[-1] or kind,
        label.lower(),
        message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None,
        field.options.packed if field.options.HasField("packed") else None,
        field.default_value,
    ]


def collect(holder, prefix, facts):
    for enum in holder.enum_type:
        facts[prefix + enum.name] = [[value.name, value.number] for value in enum.value]
    messages = holder.nested_type if hasattr(holder, "nested_type") else holder.message_type
    for message in messages:
        facts[prefix + message.name] = [field_facts(f, message) for f in message.field]
        collect(message, prefix + message.name + ".", facts)


@pytest.mark.parametrize("path", GOLDEN)
def test_messages_are_tensorflows(path):
    descriptor = importlib.import_module(local_module(path)).DESCRIPTOR
    assert descriptor.package.split(".")[0] == "evergraph"
    assert descriptor.name.startswith("evergraph/proto/")
    proto = descriptor_pb2.FileDescriptorProto()
    descriptor.CopyToProto(proto)
    facts = {}
    collect(proto, "", facts)
    assert facts == GOLDEN[path]


# The message that is left of it holds all but the program of a TPU, whose own messages are XLA's.
PARTS = {"evergraph.proto.protobuf.tpu.compilation_result_pb2"}


def test_nothing_but_tensorflows_messages():
    ours = {f"evergraph.proto.{p.relative_to(ROOT / 'evergraph/proto')}" for p in PROTOS}
    ours = {name.removesuffix(".proto").replace("/", ".") + "_pb2" for name in ours}
    assert ours - PARTS == {local_module(p) for p in GOLDEN}


def test_generated_code_is_fresh(tmp_path):
    protoc = pytest.importorskip("grpc_tools.protoc")
    well_known = Path(protoc.__file__).parent / "_proto"
    out = tmp_path / "all.pb"
    command = ["protoc", f"-I{ROOT}", f"-I{well_known}", f"--descriptor_set_out={out}"]
    assert protoc.main([*command, *map(str, PROTOS)]) == 0
    compiled = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    for proto in compiled.file:
        name = proto.name.removesuffix(".proto").replace("/", ".") + "_pb2"
        proto.ClearField("syntax")
        for message in proto.message_type:
            clear_json_names(message)
        module = importlib.import_module(name)
        checked_in = descriptor_pb2.FileDescriptorProto.FromString(module.DESCRIPTOR.serialized_pb)
        checked_in.ClearField("syntax")
        assert checked_in == proto, f"{name}: run tools/generate_protos.py"


def clear_json_names(message):
    for field in message.field:
        field.ClearField("json_name")
    for nested in message.nested_type:
        clear_json_names(nested)


def test_loads_without_warnings_and_beside_tensorboard():
    code = (
        "import evergraph.proto.protobuf.config_pb2, evergraph.proto.util.event_pb2\n"
        "try:\n    import tensorboard.compat.proto.event_pb2\nexcept ImportError:\n    pass\n"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, cwd=ROOT)


def round_trip(message_class, data):
    """The message in `data`, which its binary and text form give again."""
    message = message_class.FromString(data)
    message.DiscardUnknownFields()
    # Maps have no order, so that the bytes may differ in theirs.
    assert sorted(message.SerializeToString()) == sorted(data)
    assert message_class.FromString(message.SerializeToString(deterministic=True)) == message
    assert text_format.Parse(text_format.MessageToString(message), message_class()) == message
    return message


GRAPHS = sorted((SHARED / "graphs").glob("*.pb")) if SHARED.exists() else []


@needs_shared
@pytest.mark.parametrize("path", [p for p in GRAPHS if p.stat().st_size < 100_000], ids=str)
def test_graphs_round_trip(path):
    round_trip(GraphDef, path.read_bytes())


def records(path):
    data = path.read_bytes()
    while data:
        length = int.from_bytes(data[:8], "little")
        yield data[12 : 12 + length]
        data = data[16 + length :]


@needs_shared
def test_events_round_trip():
    kinds = set()
    for path in (SHARED / "events").rglob("*tfevents*"):
        for record in records(path):
            event = round_trip(Event, record)
            assert json_format.Parse(json_format.MessageToJson(event), Event()) == event
            kinds.add(event.WhichOneof("what"))
    assert {"file_version", "summary", "graph_def"} <= kinds


@needs_shared
def test_saved_graphs_round_trip():
    saved = SHARED / "graphs_saved"
    for path in saved.rglob("*.meta"):
        if path.read_bytes()[:1] == b"\n":
            round_trip(MetaGraphDef, path.read_bytes())
    for path in saved.rglob("saved_model.pb"):
        round_trip(SavedModel, path.read_bytes())


@needs_shared
@pytest.mark.parametrize(
    "name, message_class",
    [("example.tfrecord", Example), ("sequence_example.tfrecord", SequenceExample)],
)
def test_examples_round_trip(name, message_class):
    for record in records(SHARED / "tfrecords" / name):
        round_trip(message_class, record)


def test_public_names():
    symbols = exported_symbols()
    for name, cls in {
        "GraphDef": GraphDef,
        "Event": Event,
        "summary.Event": Event,
        "train.Example": Example,
        "MetaGraphDef": MetaGraphDef,
    }.items():
        assert symbols[name].module == exports.__name__
        assert symbols[name].load() is cls


def test_shapes_make_protos():
    assert text_format.MessageToString(TensorShape([2, None]).as_proto(), as_one_line=True) == (
        "dim { size: 2 } dim { size: -1 }"
    )
    assert TensorShape(None).as_proto().unknown_rank


def test_programs_import_them_by_tensorflows_names():
    lines = ["import evergraph", "evergraph.install_as_tensorflow()"]
    for path, messages in GOLDEN.items():
        names = [name for name in messages if "." not in name]
        lines.append(f"from tensorflow.{path.replace('/', '.')}_pb2 import {', '.join(names)}")
    lines.append("import tensorflow.core.framework.graph_pb2 as theirs")
    lines.append("import evergraph.proto.framework.graph_pb2 as ours")
    lines.append("assert theirs.GraphDef is ours.GraphDef")
    subprocess.run([sys.executable, "-c", "\n".join(lines)], check=True, cwd=ROOT)
