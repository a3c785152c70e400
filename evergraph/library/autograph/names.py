"""Which names statements set and read."""

import ast
from collections.abc import Iterable


class _Names(ast.NodeVisitor):
    """Collects names; what is inside of functions, classes and comprehensions is theirs."""

    def __init__(self) -> None:
        self.stored: dict[str, None] = {}
        self.loaded: dict[str, None] = {}
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()

    def visit_Name(self, node: ast.Name) -> None:
        (self.loaded if isinstance(node.ctx, ast.Load) else self.stored)[node.id] = None

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Name):
            self.loaded[node.target.id] = None
        self.generic_visit(node)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        self.stored[node.name] = None
        self._inner(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self.stored[node.name] = None
        self._inner(node)

    def visit_Lambda(self, node: ast.Lambda) -> None:
        self._inner(node)

    def visit_ListComp(self, node: ast.AST) -> None:
        self._inner(node)

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_ListComp
    visit_AsyncFunctionDef = visit_FunctionDef  # type: ignore[assignment]

    def _inner(self, node: ast.AST) -> None:
        """What is read inside may be of outside."""
        for inner in ast.walk(node):
            if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load):
                self.loaded[inner.id] = None

    def visit_Global(self, node: ast.Global) -> None:
        self.globals.update(node.names)

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        self.nonlocals.update(node.names)

    def visit_Import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.stored[alias.asname or alias.name.partition(".")[0]] = None

    visit_ImportFrom = visit_Import  # type: ignore[assignment]

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self.stored[node.name] = None
        self.generic_visit(node)


def _names_of(nodes: Iterable[ast.AST]) -> _Names:
    found = _Names()
    for node in nodes:
        found.visit(node)
    return found


def stored(nodes: Iterable[ast.AST]) -> list[str]:
    """The names that statements set, in order."""
    return list(_names_of(nodes).stored)


def loaded(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that statements read."""
    return set(_names_of(nodes).loaded)


def declared(nodes: Iterable[ast.AST]) -> tuple[set[str], set[str]]:
    """The names that statements say to be global, and those of a function around."""
    found = _names_of(nodes)
    return found.globals, found.nonlocals


def loaded_inside(nodes: Iterable[ast.AST]) -> set[str]:
    """The names that functions inside of statements read."""
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)
    inner = (n for node in nodes for n in ast.walk(node) if isinstance(n, kinds))
    return {name for node in inner for name in loaded([node])}
