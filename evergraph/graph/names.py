"""Names of nodes: what is valid, what is unique, and how scopes prefix them."""

import functools
import re

VALID_OP_NAME = re.compile(r"^[A-Za-z0-9.][A-Za-z0-9_.\-/]*$")
VALID_SCOPE_NAME = re.compile(r"^[A-Za-z0-9_.\-/]*$")


@functools.cache
def snake_case(op_type: str) -> str:
    """What TensorFlow's Python calls the function of an op type: `MatMul` is `mat_mul`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z0-9])(?=[A-Z][a-z])", "_", op_type)
    return words.lower()


class NameTable:
    """The names that a graph has given out. Uniqueness ignores case, as TensorFlow's does."""

    __slots__ = ("used",)

    def __init__(self) -> None:
        self.used: dict[str, int] = {}

    def unique(self, name: str, mark: bool = True) -> str:
        """`name`, or `name_1`, `name_2`, ... where it was taken; `mark` reserves the result."""
        used = self.used
        key = name.lower()
        count = used.get(key, 0)
        if mark:
            used[key] = count + 1
        if count == 0:
            return name
        base = key
        while key in used:
            key = f"{base}_{count}"
            count += 1
        if mark:
            used[key] = 1
        return f"{name}_{count - 1}"


def name_from_scope_name(name: str) -> str:
    """`name` without the trailing slash that marks an absolute scope name."""
    return name[:-1] if name and name[-1] == "/" else name


def strip_name_scope(name: str, export_scope: str | None) -> str:
    """Removes the prefix `export_scope` from a node, control ("^a/b") or location ("loc:@a/b")
    name."""
    if not export_scope:
        return name
    scope = export_scope[:-1] if export_scope[-1] == "/" else export_scope
    try:
        # One replacement at the front: "^", "loc:@" and "" may precede the scope.
        return re.sub(r"([\^]|loc:@|^)" + scope + r"[\/]+(.*)", r"\1\2", name, count=1)
    except TypeError:
        return name


def prepend_name_scope(name: str, import_scope: str | None) -> str:
    """Puts `import_scope` before a node, control ("^a") or location ("loc:@a") name."""
    if not import_scope:
        return name
    scope = import_scope[:-1] if import_scope[-1] == "/" else import_scope
    try:
        return re.sub(r"([\^]|loc:@|^)(.*)", r"\1" + scope + r"/\2", name, count=1)
    except TypeError:
        return name
