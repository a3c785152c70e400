"""Write descriptors.json: what TensorFlow 1.15's messages look like. Run it under TensorFlow.

File name -> message or enum name (without the package) -> one line a field or value:
[name, number, type, label, oneof, packed, default] or [name, number].
"""

import glob
import importlib
import json
import os

import tensorflow_core
from google.protobuf import descriptor_pb2

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(tensorflow_core.__file__)
FIELD = descriptor_pb2.FieldDescriptorProto
# Compilers, TPUs and gRPC services.
LEFT_OUT = (
    "compiler/",
    "lite/",
    "python/tpu/",
    "core/protobuf/tpu/",
    "core/debug/debug_service",
    "core/profiler/profiler_analysis",
    "core/profiler/profiler_service",
)


def field_facts(field, message, package):
    type_name = field.type_name
    if type_name.startswith(package + "."):
        type_name = type_name[len(package) + 1 :]
    oneof = message.oneof_decl[field.oneof_index].name if field.HasField("oneof_index") else None
    kind = FIELD.Type.Name(field.type)[len("TYPE_") :].lower()
    return [
        field.name,
        field.number,
        type_name.rsplit(".", 1)[-1] if type_name else kind,
        FIELD.Label.Name(field.label)[len("LABEL_") :].lower(),
        oneof,
        field.options.packed if field.options.HasField("packed") else None,
        field.default_value,
    ]


def collect(holder, prefix, package, facts):
    for enum in holder.enum_type:
        facts[prefix + enum.name] = [[value.name, value.number] for value in enum.value]
    for message in getattr(holder, "message_type", None) or getattr(holder, "nested_type", []):
        name = prefix + message.name
        facts[name] = [field_facts(field, message, package) for field in message.field]
        collect(message, name + ".", package, facts)


def main():
    everything = {}
    for path in sorted(glob.glob(ROOT + "/**/*_pb2.py", recursive=True)):
        name = os.path.relpath(path, ROOT)[: -len("_pb2.py")]
        if name.startswith(LEFT_OUT):
            continue
        module = importlib.import_module(f"tensorflow_core.{name.replace('/', '.')}_pb2")
        proto = descriptor_pb2.FileDescriptorProto()
        module.DESCRIPTOR.CopyToProto(proto)
        facts = everything[name] = {}
        collect(proto, "", "." + proto.package, facts)
    with open(os.path.join(HERE, "descriptors.json"), "w") as out:
        lines = (f"{json.dumps(k)}: {json.dumps(v)}" for k, v in sorted(everything.items()))
        out.write("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    main()
