"""Where gradient nodes are placed."""

import contextlib
from collections.abc import Iterator
from typing import Any

from evergraph.graph.graph import get_default_graph


@contextlib.contextmanager
def colocate_with_for_gradient(
    op: Any, gradient_uid: str | None, ignore_existing: bool = False
) -> Iterator[None]:
    """Puts new nodes where `op` is; the control flow context is told that they are of its
    gradient."""
    graph = get_default_graph()
    with graph.colocate_with(op, ignore_existing):
        context = graph._get_control_flow_context()
        if gradient_uid is None or context is None:
            yield
            return
        context.EnterGradientColocation(op, gradient_uid)
        try:
            yield
        finally:
            context.ExitGradientColocation(op, gradient_uid)


@contextlib.contextmanager
def maybe_colocate(op: Any, gradient_uid: str, colocate: bool) -> Iterator[None]:
    """As `colocate_with_for_gradient`, if that is asked for."""
    if not colocate:
        yield
        return
    with colocate_with_for_gradient(op, gradient_uid):
        yield
