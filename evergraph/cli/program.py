"""Running somebody's program as Python itself would run it."""

import importlib.util
import os
import sys
from dataclasses import dataclass
from importlib.machinery import ModuleSpec, SourceFileLoader
from types import CodeType, ModuleType, TracebackType
from typing import BinaryIO, NoReturn

from evergraph.compat import importer, shims
from evergraph.compat.python2 import add_python2_note


@dataclass(frozen=True)
class Program:
    """A program and its arguments.

    `target` is a file, a folder with a `__main__.py`, `-` for the standard input, or with
    `as_module` the dotted name of a module. `shims` says whether names of the program's own
    age are supplied to it.
    """

    target: str
    args: list[str]
    as_module: bool = False
    shims: bool = True

    def run(self) -> None:
        """Run the program as `__main__`; what it raises ends the process as under Python."""
        importer.install_as_tensorflow()
        if self.shims:
            shims.install()
        module = ModuleType("__main__")
        vars(module).update(__builtins__=sys.modules["builtins"], __annotations__={})
        try:
            code = self._prepare(module)
            sys.modules["__main__"] = module
            exec(code, vars(module))
        except SystemExit:
            raise
        except BaseException as error:
            end_with(error, module)

    def _prepare(self, module: ModuleType) -> CodeType:
        """Set up sys.argv, sys.path and the module's own names; return the program's code."""
        if self.as_module:
            return self._prepare_module(module)
        sys.argv[:] = [self.target, *self.args]
        if self.target == "-":
            set_first_path("")
            return compile(sys.stdin.read(), "<stdin>", "exec", dont_inherit=True)
        file = os.path.abspath(self.target)
        set_first_path(os.path.dirname(os.path.realpath(file)))
        if os.path.isdir(file):
            set_first_path(file)
            file = os.path.join(file, "__main__.py")
            module.__package__ = ""
        with open_program(file) as source:
            text = source.read()
        module.__file__ = file
        module.__loader__ = SourceFileLoader("__main__", file)
        return compile(text, file, "exec", dont_inherit=True)

    def _prepare_module(self, module: ModuleType) -> CodeType:
        """As `_prepare`, for `python -m`."""
        sys.argv[:] = ["-m", *self.args]
        set_first_path(os.getcwd())
        spec = find_module(self.target)
        code = spec.loader.get_code(spec.name)  # type: ignore[union-attr]
        sys.argv[0] = module.__file__ = spec.origin or self.target
        module.__spec__, module.__loader__ = spec, spec.loader
        module.__package__ = spec.parent
        return code


def open_program(file: str) -> BinaryIO:
    """Open the program's file, or end the process with Python's own complaint and status."""
    try:
        return open(file, "rb")
    except OSError as error:
        reason = f"[Errno {error.errno}] {error.strerror}"
        print(f"evergraph: can't open file {file!r}: {reason}", file=sys.stderr)
        sys.exit(2)


def find_module(name: str) -> ModuleSpec:
    """The spec of the module that `-m name` runs, or the end of the process with status 1."""
    try:
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.submodule_search_locations is not None:
            # Ours for TensorFlow's look like packages, all of them.
            is_ours = isinstance(spec.loader, importer.PrivateLoader)
            main = importlib.util.find_spec(name + ".__main__")
            spec = main or (spec if is_ours else None)
    except ModuleNotFoundError:
        spec = None
    if spec is None or not hasattr(spec.loader, "get_code"):
        sys.exit(f"evergraph: No module named {name}")
    return spec


def set_first_path(folder: str) -> None:
    """Put the program's folder where the command's own is, at the head of sys.path."""
    if not sys.flags.safe_path:
        sys.path[0] = folder


def end_with(error: BaseException, module: ModuleType) -> NoReturn:
    """Report an exception that the program did not catch, without our own frames, and exit."""
    add_python2_note(error)
    trace = program_traceback(error.__traceback__, module)
    error.__traceback__ = trace
    sys.stdout.flush()
    sys.excepthook(type(error), error, trace)
    if isinstance(error, KeyboardInterrupt):
        # Raised again in silence, it makes Python end by the signal, as a shell expects.
        sys.excepthook = lambda *_: None
        raise error
    sys.exit(1)


def program_traceback(trace: TracebackType | None, module: ModuleType) -> TracebackType | None:
    """The part of a traceback that begins in the program; None if it never got there."""
    while trace is not None and trace.tb_frame.f_globals is not vars(module):
        trace = trace.tb_next
    return trace
