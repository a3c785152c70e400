"""Modules that protoc wrote before version 3.19, which newer protobuf refuses to run.

They build each descriptor by hand; but the whole of the file's descriptor stands in them too,
serialized, and that is all that is needed.
"""

import ast
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import ModuleType

from google.protobuf import descriptor_pb2, descriptor_pool
from google.protobuf.internal import builder

from evergraph.compat.shims.supply import report

_SUFFIX = "_pb2"
# Theirs are of the new form: no need to read them twice.
_NEW = ("evergraph.", "google.protobuf")


class OldProtoFinder(MetaPathFinder):
    """Finds modules named *_pb2 of the old form."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The spec of such a module; None for all others."""
        if not fullname.endswith(_SUFFIX) or fullname.startswith(_NEW):
            return None
        spec = PathFinder.find_spec(fullname, path)
        if spec is None or not isinstance(spec.loader, SourceFileLoader):
            return None
        source = spec.loader.get_data(spec.loader.path)
        if b"_descriptor.FileDescriptor(" in source:
            spec.loader = _OldProtoLoader(ast.parse(source))
        return spec


class _OldProtoLoader(Loader):
    """Makes the messages of a module from its serialized descriptor."""

    def __init__(self, tree: ast.Module) -> None:
        self._tree = tree

    def exec_module(self, module: ModuleType) -> None:
        """Imports what the module does, then builds what it would."""
        names = vars(module)
        imports = [s for s in self._tree.body if isinstance(s, (ast.Import, ast.ImportFrom))]
        body = ast.Module([s for s in imports if _is_another(s)], type_ignores=[])
        exec(compile(body, module.__name__, "exec"), names)
        pool = descriptor_pool.Default()
        file = pool.AddSerializedFile(_with_own_messages(_serialized(self._tree), pool))
        names["DESCRIPTOR"] = file
        builder.BuildMessageAndEnumDescriptors(file, names)
        builder.BuildTopDescriptorsAndMessages(file, module.__name__, names)
        report(f"the old form of {module.__name__}", "protobuf 4")


def _is_another(statement: ast.Import | ast.ImportFrom) -> bool:
    """Whether another file's messages are imported."""
    return any(alias.name.endswith(_SUFFIX) for alias in statement.names) or (
        isinstance(statement, ast.ImportFrom) and (statement.module or "").endswith(_SUFFIX)
    )


def _serialized(tree: ast.Module) -> bytes:
    """The argument `serialized_pb`: bytes, or a text with a byte for each character."""
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "serialized_pb":
            value = node.value.args[0] if isinstance(node.value, ast.Call) else node.value
            found = ast.literal_eval(value)
            return found if isinstance(found, bytes) else found.encode("latin1")
    raise ImportError("a module of old protobuf messages without their descriptor")


def _with_own_messages(serialized: bytes, pool: descriptor_pool.DescriptorPool) -> bytes:
    """The descriptor of a file with TensorFlow's messages under the names that they have here."""
    file = descriptor_pb2.FileDescriptorProto.FromString(serialized)
    if not any(name.startswith("tensorflow/core/") for name in file.dependency):
        return serialized
    renamed = [name.replace("tensorflow/core/", "evergraph/proto/", 1) for name in file.dependency]
    file.dependency[:] = renamed
    messages = list(file.message_type)
    while messages:
        message = messages.pop()
        messages += message.nested_type
        for field in message.field:
            own = field.type_name.replace(".tensorflow.", "evergraph.", 1)
            if own != field.type_name and _has(pool, own):
                field.type_name = f".{own}"
    return file.SerializeToString()


def _has(pool: descriptor_pool.DescriptorPool, name: str) -> bool:
    for find in (pool.FindMessageTypeByName, pool.FindEnumTypeByName):
        try:
            find(name)
        except KeyError:
            continue
        return True
    return False


def understand_old_protos() -> None:
    """Lets programs import such modules."""
    sys.meta_path.insert(0, OldProtoFinder())
