"""What transforms are told: their texts taken apart, their parameters read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from evergraph.library.tools.graph_transforms.matching import invalid

_WORD = re.compile(r"[A-Za-z0-9_]+")
_VALUE = re.compile(r"[A-Za-z0-9_./-]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_SPACE = re.compile(r"\s*")


@dataclass
class Context:
    """A transform's parameters, and the graph's inputs and outputs."""

    inputs: Sequence[str]
    outputs: Sequence[str]
    parameters: dict[str, list[str]] = field(default_factory=dict)

    def one(self, name: str, default: str = "") -> str:
        """A text that may be given once."""
        values = self.parameters.get(name, [])
        if len(values) > 1:
            raise invalid(
                f"Expected a single '{name}' parameter, but found {len(values)} occurrences"
            )
        return values[0] if values else default

    def number(self, name: str, default: int) -> int:
        """A whole number that may be given once."""
        text = self.one(name, str(default))
        try:
            return int(text)
        except ValueError:
            raise invalid(f"Couldn't interpret the {name} argument as a number:{text}") from None

    def switch(self, name: str, default: bool) -> bool:
        """A truth value that may be given once."""
        text = self.one(name, "true" if default else "false")
        if text not in ("true", "1", "false", "0"):
            raise invalid(
                f"Couldn't interpret the {name} argument as a boolean:{text} (expected true, "
                "false, 0 or 1)"
            )
        return text in ("true", "1")


def parsed(text: str) -> list[tuple[str, dict[str, list[str]]]]:
    """Names of transforms with their parameters: "remove_nodes(op=Identity, op=NoOp) next"."""
    found: list[tuple[str, dict[str, list[str]]]] = []
    at = _skip(text, 0)
    while at < len(text):
        name, at = _take(_WORD, text, at, "transform name")
        parameters: dict[str, list[str]] = {}
        if text[at : at + 1] == "(":
            end = _read_parameters(text, at + 1, parameters)
            if end is None:
                break
            at = end
        found.append((name, parameters))
        at = _skip(text, at)
    return found


def _read_parameters(text: str, at: int, parameters: dict[str, list[str]]) -> int | None:
    """Reads up to the closing bracket; gives the place after it. None where the text ends before:
    such a transform does not count."""
    while at < len(text):
        if text[at] == ")":
            return at + 1
        at = _skip(text, at + (text[at] == ","))
        key, at = _take(_WORD, text, at, "parameter name")
        if text[at : at + 1] != "=":
            raise invalid(f"Looking for =, but found {text[at:]}")
        if at + 1 == len(text):
            break
        if quoted := _QUOTED.match(text, at + 1):
            value, at = quoted[1], quoted.end()
        else:
            value, at = _take(_VALUE, text, at + 1, "parameter name")
        parameters.setdefault(key, []).append(value)
        for mark in ('"', "'"):
            at += text[at : at + 1] == mark
    return None


def _skip(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _take(pattern: re.Pattern[str], text: str, at: int, what: str) -> tuple[str, int]:
    found = pattern.match(text, at)
    if found is None:
        raise invalid(f"Looking for {what}, but found {text[at:]}")
    return found[0], found.end()
