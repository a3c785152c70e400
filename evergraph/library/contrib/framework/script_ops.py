"""Python functions as ops: `tf.contrib.framework.py_func`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import script_ops
from evergraph.base import nest
from evergraph.base.export import export
from evergraph.base.tensor_shape import as_shape


@export("contrib.framework.py_func")
def py_func(
    func: Callable[..., Any],
    args: Any = (),
    kwargs: Any = None,
    output_types: Any = None,
    output_shapes: Any = None,
    stateful: bool = True,
    name: str | None = None,
) -> Any:
    """A Python function of arrays as an op, as `tf.py_func` but with arguments by name and nested
    results. Stands for `tf.contrib.framework.py_func`.

    Args:
      func: takes arrays and returns arrays, nested as `output_types` are.
      args: a list of tensors, perhaps nested.
      kwargs: a dict of tensors by argument.
      output_types: a dtype, or a nest of such; or a function of the arguments that gives them.
      output_shapes: the same of static shapes.
      stateful: whether two calls with the same arguments may differ.
      name: a name for the node.

    Raises:
      TypeError: `args` is no list or `kwargs` no dict.
    """
    kwargs = {} if kwargs is None else kwargs
    if not isinstance(args, (list, tuple)):
        raise TypeError(f"args must be list and not {type(args)}. args: {args}")
    if not isinstance(kwargs, dict):
        raise TypeError(f"kwargs must be dict and not {type(kwargs)}. args: {kwargs}")
    if callable(output_types):
        output_types = output_types(*args, **kwargs)
    if callable(output_shapes):
        output_shapes = output_shapes(*args, **kwargs)
    given = (args, kwargs)

    def flat(*values: Any) -> Any:
        positional, named = nest.pack_sequence_as(given, values)
        found = func(*positional, **named)
        nest.assert_shallow_structure(output_types, found)
        return nest.flatten(found)

    tensors = script_ops.py_func(
        flat, nest.flatten(given), nest.flatten(output_types), stateful=stateful, name=name
    )
    if output_shapes is not None:
        shapes = nest.map_structure_up_to(output_types, as_shape, output_shapes)
        for tensor, shape in zip(tensors, nest.flatten(shapes), strict=False):
            tensor.set_shape(shape)
    return nest.pack_sequence_as(output_types, tensors)
