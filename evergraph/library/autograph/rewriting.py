"""Functions rewritten so that their statements are calls, which look at their arguments."""

import ast
import itertools
from collections.abc import Sequence
from typing import Any

from evergraph.library.autograph import names
from evergraph.library.autograph.lowering import Lowering

AG = "ag__"


def _call(name: str, *args: ast.expr) -> ast.Call:
    function = ast.Attribute(ast.Name(AG, ast.Load()), name, ast.Load())
    return ast.Call(function, list(args), [])


def _no_arguments() -> ast.arguments:
    return ast.arguments([], [], None, [], [], None, [])


def _lambda(body: ast.expr) -> ast.Lambda:
    return ast.Lambda(_no_arguments(), body)


def _texts(values: Sequence[str]) -> ast.Tuple:
    return ast.Tuple([ast.Constant(value) for value in values], ast.Load())


def _tuple(values: Sequence[str], ctx: ast.expr_context) -> ast.Tuple:
    return ast.Tuple([ast.Name(value, ctx) for value in values], ctx)


def rewritten(function: ast.FunctionDef) -> ast.FunctionDef:
    """A function's definition, its statements made calls of the module that is called `ag__`."""
    function.decorator_list = []
    function.body = Lowering().function(function.body)
    arguments = function.args
    own = [a.arg for a in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)]
    own += [a.arg for a in (arguments.vararg, arguments.kwarg) if a is not None]
    is_global, is_outer = names.declared(function.body)
    rewriter = _Statements(is_global, is_outer)
    # What functions inside read may be read at any time.
    body = rewriter.block(function.body, frozenset(names.loaded_inside(function.body)))
    # What is set in the parts of statements has to be a variable of the function itself.
    unset = [name for name in rewriter.shared if name not in own]
    start: list[ast.stmt] = [
        ast.Assign([ast.Name(name, ast.Store())], _call("Undefined", ast.Constant(name)))
        for name in unset
    ]
    docstring = body[:1] if ast.get_docstring(function) is not None else []
    function.body = [*docstring, *start, *body[len(docstring) :]]
    return ast.fix_missing_locations(_Expressions().visit(function))


class _Statements:
    """Makes `if`, `while`, `for` and `assert` calls. Works from the inside out."""

    def __init__(self, is_global: set[str], is_outer: set[str]) -> None:
        self._global = is_global
        self._outer = is_outer
        self._numbers = itertools.count()
        self.shared: dict[str, None] = {}

    def block(self, body: list[ast.stmt], live: frozenset[str]) -> list[ast.stmt]:
        """Statements after which the names `live` may be read."""
        result: list[ast.stmt] = []
        for i, node in enumerate(body):
            after = live | names.loaded(body[i + 1 :])
            found = self._statement(node, after)
            for made in found:
                ast.copy_location(made, node)
            result.extend(found)
        return result

    def _statement(self, node: ast.stmt, live: frozenset[str]) -> list[ast.stmt]:
        if isinstance(node, ast.If):
            return self._if(node, live)
        if isinstance(node, ast.While):
            return self._while(node, live)
        if isinstance(node, ast.For):
            return self._for(node, live)
        if isinstance(node, ast.Assert):
            message = node.msg or ast.Constant(None)
            return [ast.Expr(_call("assert_stmt", node.test, _lambda(message)))]
        if isinstance(node, (ast.FunctionDef, ast.ClassDef, ast.AsyncFunctionDef)):
            return [node]
        for field in ("body", "orelse", "finalbody"):
            inner = getattr(node, field, None)
            if inner:
                setattr(node, field, self.block(inner, live))
        for handler in getattr(node, "handlers", ()):
            handler.body = self.block(handler.body, live)
        return [node]

    def _parts(
        self, number: int, changed: Sequence[str], **bodies: list[ast.stmt]
    ) -> list[ast.stmt]:
        """The functions of a statement: its bodies, and those that get and set its names."""
        getter = self._function(
            f"ag__get_state_{number}", [ast.Return(_tuple(changed, ast.Load()))], ()
        )
        setting: list[ast.stmt] = [ast.Pass()]
        if changed:
            setting = [
                ast.Assign([_tuple(changed, ast.Store())], ast.Name("ag__state", ast.Load()))
            ]
        setter = self._function(f"ag__set_state_{number}", setting, changed, "ag__state")
        made: list[ast.stmt] = [getter, setter]
        for name, body in bodies.items():
            made.append(self._function(f"ag__{name}_{number}", body or [ast.Pass()], changed))
        return made

    def _function(
        self, name: str, body: list[ast.stmt], changed: Sequence[str], *args: str
    ) -> ast.FunctionDef:
        set_here = [n for n in dict.fromkeys((*changed, *names.stored(body))) if n[:4] != AG]
        own = [n for n in set_here if n not in self._global and n not in self._outer]
        self.shared.update(dict.fromkeys(own))
        is_nonlocal = [n for n in set_here if n not in self._global]
        is_global = [n for n in set_here if n in self._global]
        declared: list[ast.stmt] = [ast.Nonlocal(is_nonlocal)] if is_nonlocal else []
        declared += [ast.Global(is_global)] if is_global else []
        arguments = _no_arguments()
        arguments.args = [ast.arg(arg) for arg in args]
        made = ast.FunctionDef(name, arguments, [*declared, *body], [])
        made.type_params = []  # type: ignore[attr-defined]
        return made

    def _state(self, number: int) -> list[ast.expr]:
        return [ast.Name(f"ag__{part}_state_{number}", ast.Load()) for part in ("get", "set")]

    def _if(self, node: ast.If, live: frozenset[str]) -> list[ast.stmt]:
        number = next(self._numbers)
        in_body, in_else = names.stored(node.body), names.stored(node.orelse)
        changed = list(dict.fromkeys((*in_body, *in_else)))
        kept = [n for n in changed if n in live]
        parts = self._parts(
            number,
            changed,
            if_true=self.block(node.body, live),
            if_false=self.block(node.orelse, live),
        )
        both = [n for n in kept if n in in_body and n in in_else]
        call = _call(
            "if_stmt",
            node.test,
            ast.Name(f"ag__if_true_{number}", ast.Load()),
            ast.Name(f"ag__if_false_{number}", ast.Load()),
            *self._state(number),
            _texts(changed),
            _texts(kept),
            _texts(both),
        )
        return [*parts, ast.Expr(call)]

    def _loop_names(self, node: Any, live: frozenset[str]) -> tuple[list[str], frozenset[str]]:
        """The names that a loop changes and keeps, and those that are read in or after it."""
        test = [node.test] if isinstance(node, ast.While) else []
        read = live | names.loaded([*test, *node.body]) | frozenset(node.stops)
        changed = [n for n in names.stored(node.body) if n in read]
        changed.sort(key=lambda name: name in node.stops)  # flags come last
        return changed, read

    def _options(self, node: Any) -> list[ast.expr]:
        """What a call of `set_loop_options` in a loop's body says."""
        for i, inner in enumerate(node.body):
            call = inner.value if isinstance(inner, ast.Expr) else None
            if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("set_loop_options"):
                del node.body[i]
                made = _call("loop_options", *call.args)
                made.keywords = call.keywords
                return [made]
        return []

    def _stop_test(self, node: Any) -> ast.expr:
        """Whether none of a loop's flags is set."""
        tests: list[ast.expr] = [
            ast.UnaryOp(ast.Not(), ast.Name(flag, ast.Load())) for flag in node.stops
        ]
        return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests)

    def _while(self, node: Any, live: frozenset[str]) -> list[ast.stmt]:
        number = next(self._numbers)
        options = self._options(node)
        changed, read = self._loop_names(node, live)
        test = node.test
        if node.stops:
            test = ast.BoolOp(ast.And(), [self._stop_test(node), test])
        body = self.block(node.body, read)
        parts = self._parts(number, changed, loop_body=body)
        parts.append(self._function(f"ag__loop_test_{number}", [ast.Return(test)], ()))
        call = _call(
            "while_stmt",
            ast.Name(f"ag__loop_test_{number}", ast.Load()),
            ast.Name(f"ag__loop_body_{number}", ast.Load()),
            *self._state(number),
            _texts(changed),
            *options,
        )
        return [*parts, ast.Expr(call)]

    def _for(self, node: Any, live: frozenset[str]) -> list[ast.stmt]:
        number = next(self._numbers)
        options = self._options(node)
        changed, read = self._loop_names(node, live)
        targets = names.stored([node.target])
        changed = [n for n in changed if n not in targets]
        element = f"ag__element_{number}"
        take = ast.Assign([node.target], ast.Name(element, ast.Load()))
        body = [ast.copy_location(take, node), *self.block(node.body, read)]
        parts = self._parts(number, changed)
        loop_body = self._function(f"ag__loop_body_{number}", body, changed, element)
        parts.append(loop_body)
        extra: ast.expr = ast.Constant(None)
        if node.stops:
            stop_test = ast.Return(self._stop_test(node))
            parts.append(self._function(f"ag__loop_test_{number}", [stop_test], ()))
            extra = ast.Name(f"ag__loop_test_{number}", ast.Load())
        call = _call(
            "for_stmt",
            node.iter,
            extra,
            ast.Name(f"ag__loop_body_{number}", ast.Load()),
            *self._state(number),
            _texts(changed),
            *options,
        )
        return [*parts, ast.Expr(call)]


class _Expressions(ast.NodeTransformer):
    """Makes `and`, `or`, `not`, `x if c else y` and calls look at their operands."""

    def __init__(self) -> None:
        self._inside = False

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        # Functions inside are rewritten when they are called.
        if self._inside and not node.name.startswith(AG):
            return node
        self._inside = True
        return self.generic_visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        name = "and_" if isinstance(node.op, ast.And) else "or_"
        result = node.values[-1]
        for value in reversed(node.values[:-1]):
            result = _call(name, _lambda(value), _lambda(result))
        return ast.copy_location(result, node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Not):
            return ast.copy_location(_call("not_", node.operand), node)
        return node

    def visit_IfExp(self, node: ast.IfExp) -> ast.AST:
        self.generic_visit(node)
        made = _call("if_exp", node.test, _lambda(node.body), _lambda(node.orelse))
        return ast.copy_location(made, node)

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) == 1:
            return node
        # a < b < c, with b computed twice, as TensorFlow's does.
        left, pairs = node.left, []
        for op, right in zip(node.ops, node.comparators, strict=True):
            pairs.append(ast.Compare(left, [op], [right]))
            left = right
        result: ast.expr = pairs[-1]
        for pair in reversed(pairs[:-1]):
            result = _call("and_", _lambda(pair), _lambda(result))
        return ast.copy_location(result, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
            if function.value.id == AG:
                return node
        if isinstance(function, ast.Name) and function.id in ("super", "locals", "globals"):
            return node
        # Arguments stay where they are: *args, **kwargs and names work as before.
        made = ast.Call(
            ast.Attribute(ast.Name(AG, ast.Load()), "converted_call", ast.Load()),
            [function, *node.args],
            node.keywords,
        )
        return ast.copy_location(made, node)
