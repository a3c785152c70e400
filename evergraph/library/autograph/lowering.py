"""`break`, `continue` and `return` made plain: flags, and conditions on what follows."""

import ast
import copy
import itertools
from typing import Any

RESULT = "retval_"
_MOST_COPIES = 16
_LOOPS = (ast.While, ast.For)
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def _has(nodes: Any, kinds: Any, inside_loops: bool) -> bool:
    """Whether statements hold one of a kind, not counting functions inside."""
    for node in nodes:
        if isinstance(node, kinds):
            return True
        if isinstance(node, _SCOPES) or (isinstance(node, _LOOPS) and not inside_loops):
            # The `else` of a loop is outside of it, but none of ours goes in there.
            continue
        if _has(ast.iter_child_nodes(node), kinds, inside_loops):
            return True
    return False


def _set(name: str, value: Any, like: ast.AST) -> ast.Assign:
    made = ast.Assign([ast.Name(name, ast.Store())], ast.Constant(value))
    return ast.fix_missing_locations(ast.copy_location(made, like))


def _unless(flag: str, body: list[ast.stmt]) -> list[ast.stmt]:
    if not body:
        return []
    test = ast.UnaryOp(ast.Not(), ast.Name(flag, ast.Load()))
    made = ast.If(test, body, [])
    return [ast.fix_missing_locations(ast.copy_location(made, body[0]))]


class Lowering:
    """Rewrites the body of one function.

    Loops get an attribute `stops`: the names of flags that end them.
    """

    def __init__(self) -> None:
        self._numbers = itertools.count()
        self._copies = 0

    def function(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """The body without jumps; what is returned is in the variable RESULT at its end."""
        if not _has(body, ast.Return, True):
            return self.block(body)
        *rest, last = body
        if not _has(rest, ast.Return, True) and isinstance(last, ast.Return):
            return [*self.block(rest), last]
        first = body[0]
        made = self._returns(self._nested(body), None)
        end = ast.Return(ast.Name(RESULT, ast.Load()))
        end = ast.fix_missing_locations(ast.copy_location(end, last))
        return [_set(RESULT, None, first), *self.block(made), end]

    def _nested(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """What follows a branch that always returns goes into the other branch."""
        for i, node in enumerate(body):
            if not isinstance(node, ast.If):
                continue
            node.body, node.orelse = self._nested(node.body), self._nested(node.orelse)
            rest = body[i + 1 :]
            if not rest or not _has([node], ast.Return, True):
                continue
            ends = [_returns_always(branch) for branch in (node.body, node.orelse)]
            if not any(ends):
                # Both go on with what follows, which is there twice then.
                if self._copies >= _MOST_COPIES:
                    continue
                self._copies += 1
            if not ends[0]:
                node.body = self._nested([*node.body, *copy.deepcopy(rest)])
            if not ends[1]:
                node.orelse = self._nested([*node.orelse, *rest])
            return body[: i + 1]
        return body

    def _returns(self, body: list[ast.stmt], loop_flag: str | None) -> list[ast.stmt]:
        """`return` becomes an assignment, and a flag where something may follow."""
        result: list[ast.stmt] = []
        for i, node in enumerate(body):
            rest = body[i + 1 :]
            if isinstance(node, ast.Return):
                value = node.value or ast.Constant(None)
                kept = ast.Assign([ast.Name(RESULT, ast.Store())], value)
                result.append(ast.fix_missing_locations(ast.copy_location(kept, node)))
                if loop_flag is not None:
                    result.append(_set(loop_flag, True, node))
                return result
            if not _has([node], ast.Return, True):
                result.append(node)
                continue
            flag = loop_flag
            in_loop = isinstance(node, _LOOPS)
            if flag is None and (rest or in_loop):
                flag = f"do_return_{next(self._numbers)}"
                result.append(_set(flag, False, node))
            self._inside(node, flag)
            if in_loop:
                node.stops = [*getattr(node, "stops", []), flag]  # type: ignore[attr-defined]
            result.append(node)
            if flag is not None:
                return [*result, *_unless(flag, self._returns(rest, loop_flag))]
        return result

    def _inside(self, node: ast.stmt, flag: str | None) -> None:
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if block:
                setattr(node, field, self._returns(block, flag))
        for handler in getattr(node, "handlers", ()):
            handler.body = self._returns(handler.body, flag)

    # -- break and continue

    def block(self, body: list[ast.stmt]) -> list[ast.stmt]:
        """Statements whose loops have no jumps any more."""
        result: list[ast.stmt] = []
        for node in body:
            result.extend(self._loop(node) if isinstance(node, _LOOPS) else [self._deep(node)])
        return result

    def _deep(self, node: ast.stmt) -> ast.stmt:
        if isinstance(node, _SCOPES):
            return node
        for field in ("body", "orelse", "finalbody"):
            block = getattr(node, field, None)
            if block:
                setattr(node, field, self.block(block))
        for handler in getattr(node, "handlers", ()):
            handler.body = self.block(handler.body)
        return node

    def _loop(self, node: Any) -> list[ast.stmt]:
        before: list[ast.stmt] = []
        stops: list[str] = list(getattr(node, "stops", []))
        breaks, continues = (_has(node.body, k, False) for k in (ast.Break, ast.Continue))
        if breaks:
            name = f"break_{next(self._numbers)}"
            before.append(_set(name, False, node))
            stops.append(name)
        names: dict[Any, str] = {}
        if breaks:
            names[ast.Break] = stops[-1]
        if continues:
            names[ast.Continue] = f"continue_{next(self._numbers)}"
        body = self._jumps(node.body, names) if names else node.body
        if continues:
            body = [_set(names[ast.Continue], False, node), *body]
        node.body = self.block(body)
        node.stops = stops
        after = node.orelse
        node.orelse = []
        if after:
            # The `else` of a loop is for loops that were not left.
            after = self.block(after)
            for flag in stops:
                after = _unless(flag, after)
        return [*before, node, *after]

    def _jumps(self, body: list[ast.stmt], names: dict[Any, str]) -> list[ast.stmt]:
        result: list[ast.stmt] = []
        for i, node in enumerate(body):
            if type(node) in names:
                return [*result, _set(names[type(node)], True, node)]
            kinds = tuple(k for k in names if _has([node], k, False))
            if not kinds or isinstance(node, (*_LOOPS, *_SCOPES)):
                result.append(node)
                continue
            for field in ("body", "orelse", "finalbody"):
                block = getattr(node, field, None)
                if block:
                    setattr(node, field, self._jumps(block, names))
            for handler in getattr(node, "handlers", ()):
                handler.body = self._jumps(handler.body, names)
            rest = self._jumps(body[i + 1 :], names)
            for kind in kinds:
                rest = _unless(names[kind], rest)
            return [*result, node, *rest]
        return result


def _returns_always(body: list[ast.stmt]) -> bool:
    if not body:
        return False
    last = body[-1]
    if isinstance(last, (ast.Return, ast.Raise)):
        return True
    return isinstance(last, ast.If) and _returns_always(last.body) and _returns_always(last.orelse)
