"""`tf.app.run`."""

import sys
from collections.abc import Callable, Sequence
from typing import Any

from absl import app as _absl_app

from evergraph.base.export import export
from evergraph.base.platform import flags


def _parse_flags_tolerate_undef(argv: Sequence[str] | None) -> list[str]:
    """Parse the flags that are defined and return the other arguments."""
    rest: list[str] = flags.FLAGS(sys.argv if argv is None else argv, known_only=True)
    return rest


@export("app.run")
def run(main: Callable[[list[str]], Any] | None = None, argv: list[str] | None = None) -> None:
    """Parse the flags, call `main(argv)` and end the program with what it returns.

    Args:
        main: the function to call; by default `main` of the program's main module.
        argv: the command line, by default `sys.argv`. Flags that are not defined are passed on.
    """
    main = main or sys.modules["__main__"].main
    _absl_app.run(main=main, argv=argv, flags_parser=_parse_flags_tolerate_undef)
