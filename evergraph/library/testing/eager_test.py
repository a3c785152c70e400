"""What `tensorflow.python.eager.test` has of its own."""

from evergraph.library.eager.context import enable_eager_execution
from evergraph.library.testing import googletest


def main(argv: list[str] | None = None) -> None:
    """Runs the tests of the main module with eager execution, and exits.

    Stands for `main` of `tensorflow.python.eager.test`.
    """
    enable_eager_execution()
    googletest.main(argv)
