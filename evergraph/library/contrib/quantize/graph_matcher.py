"""Parts of a graph found by op types."""

import abc
import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import Any


class Pattern(abc.ABC):
    """What an operation, with what it takes, has to be like."""

    @abc.abstractmethod
    def match(self, op: Any, tensor: Any) -> "MatchResult | None":
        """What fits where, or None; `tensor` is the output by which `op` was come to."""


class OpTypePattern(Pattern):
    """An operation of a type, with inputs from operations of types.

    Args:
      op_type: the type, several ("Relu|Relu6"), or any ("*").
      name: a name to find the operation by in the result.
      inputs: patterns or types of what each input comes from; default: anything.
      ordered_inputs: whether inputs come in this order.

    Raises:
      ValueError: there are more than 8 inputs.
    """

    def __init__(
        self,
        op_type: str,
        name: str | None = None,
        inputs: Sequence[Any] | None = None,
        ordered_inputs: bool = True,
    ) -> None:
        inputs = inputs or []
        if len(inputs) > 8:
            raise ValueError("Only < 8 inputs are allowed when ordered_inputs is False.")
        self._op_types = op_type.split("|")
        self._name = name
        self._inputs = [p if isinstance(p, Pattern) else OpTypePattern(p) for p in inputs]
        self._ordered_inputs = ordered_inputs

    @property
    def name(self) -> str | None:
        """The name in the result."""
        return self._name

    def match(self, op: Any, tensor: Any) -> "MatchResult | None":
        """What fits where, or None."""
        if "*" not in self._op_types and op.type not in self._op_types:
            return None
        result = MatchResult()
        result.add(self, op, tensor)
        if not self._inputs:
            return result
        if len(op.inputs) != len(self._inputs):
            return None
        orders: Iterable[Sequence[Pattern]] = [self._inputs]
        if not self._ordered_inputs:
            orders = itertools.permutations(self._inputs)
        for order in orders:
            # What fitted in an order that failed later stays in the result, as in TensorFlow.
            for source, pattern in zip(op.inputs, order, strict=True):
                found = pattern.match(source.op, source)
                if found is None:
                    break
                result.merge_from(found)
            else:
                return result
        return None


class OneofPattern(Pattern):
    """The first of several patterns that fits."""

    def __init__(self, sub_patterns: Sequence[Pattern]) -> None:
        self._sub_patterns = sub_patterns

    def match(self, op: Any, tensor: Any) -> "MatchResult | None":
        """What fits where, or None."""
        found = (pattern.match(op, tensor) for pattern in self._sub_patterns)
        return next((result for result in found if result is not None), None)


class MatchResult:
    """Operations and tensors by the patterns that they fit."""

    def __init__(self) -> None:
        self._found: dict[Pattern, tuple[Any, Any]] = {}
        self._named: dict[str, Pattern] = {}

    def add(self, pattern: Any, op: Any, tensor: Any) -> None:
        """Notes what fits a pattern. Raises ValueError where its name is another's, too."""
        self._found[pattern] = op, tensor
        if pattern.name is not None:
            if pattern.name in self._named:
                raise ValueError(f"Name {pattern.name} is already bound to another pattern")
            self._named[pattern.name] = pattern

    def merge_from(self, other_match_result: "MatchResult") -> None:
        """Notes all that another result has."""
        self._found.update(other_match_result._found)
        self._named.update(other_match_result._named)

    def _get(self, pattern_or_name: Any) -> tuple[Any, Any]:
        if isinstance(pattern_or_name, str):
            pattern_or_name = self._named.get(pattern_or_name)
        elif not isinstance(pattern_or_name, Pattern):
            raise ValueError(
                f"pattern_or_name has type {type(pattern_or_name)}. Expect Pattern or str."
            )
        return self._found.get(pattern_or_name, (None, None))

    def get_op(self, pattern_or_name: Any) -> Any:
        """The operation that fits a pattern, or None."""
        return self._get(pattern_or_name)[0]

    def get_tensor(self, pattern_or_name: Any) -> Any:
        """The output of it that was come by, or None."""
        return self._get(pattern_or_name)[1]


class GraphMatcher:
    """Looks for a pattern in a graph."""

    def __init__(self, pattern: Pattern) -> None:
        self._pattern = pattern

    def match_op(self, op: Any) -> MatchResult | None:
        """What fits at an operation, or None."""
        return self._pattern.match(op, None)

    def match_ops(self, ops: Iterable[Any]) -> Iterator[MatchResult]:
        """What fits at each of some operations."""
        for op in ops:
            if (found := self.match_op(op)) is not None:
                yield found

    def match_graph(self, graph: Any) -> Iterator[MatchResult]:
        """What fits anywhere in a graph."""
        yield from self.match_ops(graph.get_operations())
