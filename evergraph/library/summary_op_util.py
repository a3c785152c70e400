"""Names of summaries: tags, scopes, families."""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from evergraph.base.platform import logging
from evergraph.graph.defaults import add_to_collection, name_scope

_NOT_IN_TAGS = re.compile(r"[^-/\w\.]")


def collect(val: Any, collections: Iterable[Any] | None, default_collections: Any) -> None:
    """Puts a summary into collections; None stands for the default ones."""
    for key in default_collections if collections is None else collections:
        add_to_collection(key, val)


def clean_tag(name: str | None) -> str | None:
    """A tag as the name of a node: other characters become `_`, slashes at the front go."""
    if name is None:
        return None
    clean = _NOT_IN_TAGS.sub("_", name).lstrip("/")
    if clean != name:
        logging.info(f"Summary name {name} is illegal; using {clean} instead.")
    return clean


@contextmanager
def summary_scope(
    name: str, family: str | None = None, default_name: str | None = None, values: Any = None
) -> Iterator[tuple[str, str]]:
    """A name scope for a summary; gives its tag and the scope.

    Args:
      name: the summary's name.
      family: put before the tag, so that summaries of one family stand together.
      default_name: the name if there is none.
      values: tensors of the summary.
    """
    clean, group = clean_tag(name), clean_tag(family)
    base = clean if group is None else f"{group}/{clean}"
    with name_scope(base, default_name, values) as scope:
        tag = scope.rstrip("/")
        yield tag if group is None else f"{group}/{tag}", scope
