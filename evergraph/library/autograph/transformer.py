"""`tensorflow.python.autograph.pyct.transformer`, for programs that only define classes on it."""

from typing import Any

from evergraph.base.missing import MissingSymbolError


class Base:
    """What transformers of syntax trees derive from; AutoGraph has none such here.

    Raises:
      NotImplementedError: when one is made.
    """

    def __init__(self, ctx: Any) -> None:
        raise MissingSymbolError(
            "evergraph has no tensorflow.python.autograph.pyct.transformer.Base"
        )
