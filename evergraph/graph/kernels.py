"""Which types each op computes, as TensorFlow's messages about kernels tell it."""

from typing import Any

from evergraph.graph.registry import REGISTRY, Entry
from evergraph.proto.framework.kernel_def_pb2 import KernelDef, KernelList


def _kernels_of(entry: Entry) -> list[KernelDef]:
    """One kernel on the CPU for each type that the op's first argument may have."""
    if entry.torch_kernel is None and entry.numpy_kernel is None and entry.chooser is None:
        return []
    types = [a for a in entry.signature.attrs if a.kind == "type" and a.allowed is not None]
    if not types:
        return [KernelDef(op=entry.name, device_type="CPU")]
    found = []
    for dtype in types[0].allowed or ():
        kernel = KernelDef(op=entry.name, device_type="CPU")
        constraint = kernel.constraint.add(name=types[0].name)
        constraint.allowed_values.list.type.append(dtype.as_datatype_enum)
        found.append(kernel)
    return found


def get_all_registered_kernels() -> Any:
    """A KernelList of all ops' kernels."""
    return KernelList(kernel=[k for name in sorted(REGISTRY) for k in _kernels_of(REGISTRY[name])])


def get_registered_kernels_for_op(name: str) -> Any:
    """A KernelList of an op's kernels; empty for an op that there is not."""
    entry = REGISTRY.get(name)
    return KernelList(kernel=[] if entry is None else _kernels_of(entry))
