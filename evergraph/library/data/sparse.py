"""Sparse tensors among the components of elements."""

from typing import Any

from evergraph.graph.composite import SparseTensor
from evergraph.library.data import nest


def any_sparse(classes: Any) -> bool:
    """Whether one of the classes is SparseTensor."""
    return any(c is SparseTensor for c in nest.flatten(classes))
