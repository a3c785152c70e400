"""What programs say of loops and lists that are rewritten."""

from typing import Any

from evergraph.base.export import export

UNSPECIFIED = object()


def loop_options(
    parallel_iterations: Any = UNSPECIFIED,
    back_prop: Any = UNSPECIFIED,
    swap_memory: Any = UNSPECIFIED,
    maximum_iterations: Any = UNSPECIFIED,
) -> dict[str, Any]:
    """The arguments that are given."""
    return {key: value for key, value in locals().items() if value is not UNSPECIFIED}


@export("autograph.experimental.set_loop_options", "contrib.autograph.set_loop_options")
def set_loop_options(
    parallel_iterations: Any = UNSPECIFIED,
    back_prop: Any = UNSPECIFIED,
    swap_memory: Any = UNSPECIFIED,
    maximum_iterations: Any = UNSPECIFIED,
) -> None:
    """Says, in the body of a loop, how `tf.while_loop` is to make it. Stands for
    `tf.autograph.experimental.set_loop_options`.

    Args:
      parallel_iterations, back_prop, swap_memory, maximum_iterations: as for `tf.while_loop`.
    """


@export("contrib.autograph.set_element_type")
def set_element_type(entity: Any, dtype: Any, shape: Any = UNSPECIFIED) -> None:
    """Says what the elements of a list are. Without an effect: lists are Python's. Stands for
    `tf.contrib.autograph.set_element_type`.

    Args:
      entity: the list.
      dtype: a DType.
      shape: a shape.
    """
