"""Marks of nodes that TensorFlow's compiler may take together. Here they are attrs and no more."""

from collections.abc import Callable, Iterator
from typing import Any

from evergraph.base.decorator import contextmanager
from evergraph.base.export import export
from evergraph.graph.defaults import get_collection_ref
from evergraph.graph.graph import get_default_graph
from evergraph.proto.framework.attr_value_pb2 import AttrValue

_XLA_SCOPE_KEY = ("__xla_scope",)


class _XlaScope:
    """How many outermost blocks a graph had, and how deep the present one is."""

    def __init__(self) -> None:
        self.count = 0
        self.depth = 0


@export("xla.experimental.jit_scope", "contrib.compiler.jit.experimental_jit_scope")
@contextmanager
def experimental_jit_scope(
    compile_ops: bool | Callable[[Any], bool] = True, separate_compiled_gradients: bool = False
) -> Iterator[None]:
    """Nodes made in the block carry the attrs that tell whether they are compiled. Stands for
    `tf.xla.experimental.jit_scope`.

    Args:
      compile_ops: a bool, or a function of a NodeDef.
      separate_compiled_gradients: whether gradients get scopes of their own.
    """
    attrs: dict[str, Any] = {
        "_XlaCompile": (
            (lambda node_def: AttrValue(b=compile_ops(node_def)))
            if callable(compile_ops)
            else AttrValue(b=compile_ops)
        ),
        "_XlaSeparateCompiledGradients": AttrValue(b=bool(separate_compiled_gradients)),
    }
    kept = get_collection_ref(_XLA_SCOPE_KEY)
    if not kept:
        kept.append(_XlaScope())
    scope = kept[0]
    if scope.depth == 0:
        # Inner blocks belong to the outermost one.
        attrs["_XlaScope"] = AttrValue(s=f"jit_scope_{scope.count}".encode())
        scope.count += 1
    scope.depth += 1
    try:
        with get_default_graph()._attr_scope(attrs):
            yield
    finally:
        scope.depth -= 1
