"""What a model needs beside its nodes to be trained: `tf.train.Scaffold`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, grouping, resources, variables
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.library.lookup.base import tables_initializer
from evergraph.library.summary import summary
from evergraph.library.train import saver as saver_lib


@export("train.Scaffold")
class Scaffold:
    """The nodes that initialize, check, summarize and save a model. Stands for `tf.train.Scaffold`.

    What is not given, `finalize` takes from the graph's collections, or makes.

    Args:
      init_op: initializes the model.
      init_feed_dict: values to feed to it.
      init_fn: called after it, with the scaffold and the session.
      ready_op: gives the names of what is not initialized.
      ready_for_local_init_op: the same of global variables.
      local_init_op: initializes local variables and tables.
      summary_op: gives all summaries.
      saver: a Saver.
      copy_from_scaffold: another Scaffold, for what is not given here.

    Raises:
      TypeError: `copy_from_scaffold` is no Scaffold.
    """

    def __init__(
        self,
        init_op: Any = None,
        init_feed_dict: Any = None,
        init_fn: Callable[[Any, Any], Any] | None = None,
        ready_op: Any = None,
        ready_for_local_init_op: Any = None,
        local_init_op: Any = None,
        summary_op: Any = None,
        saver: Any = None,
        copy_from_scaffold: Any = None,
    ) -> None:
        other = copy_from_scaffold
        if other is not None and not isinstance(other, Scaffold):
            raise TypeError("copy_from_scaffold is not a Scaffold instance.")

        def given(value: Any, attribute: str) -> Any:
            return value if value is not None or other is None else getattr(other, attribute)

        self._init_op = given(init_op, "_init_op")
        self._init_feed_dict = given(init_feed_dict, "_init_feed_dict")
        self._user_init_fn = given(init_fn, "_user_init_fn")
        self._ready_op = given(ready_op, "_ready_op")
        self._ready_for_local_init_op = given(ready_for_local_init_op, "_ready_for_local_init_op")
        self._local_init_op = given(local_init_op, "_local_init_op")
        self._summary_op = given(summary_op, "_summary_op")
        self._saver = given(saver, "_saver")

    def finalize(self) -> "Scaffold":
        """Makes what is missing, and finalizes the graph."""
        default = Scaffold.get_or_default
        if self._init_op is None:
            self._init_op = default("init_op", GraphKeys.INIT_OP, _init_op)
        if self._ready_op is None:
            self._ready_op = default("ready_op", GraphKeys.READY_OP, _ready_op)
        if self._ready_for_local_init_op is None:
            self._ready_for_local_init_op = default(
                "ready_for_local_init_op",
                GraphKeys.READY_FOR_LOCAL_INIT_OP,
                _ready_for_local_init_op,
            )
        if self._local_init_op is None:
            self._local_init_op = default(
                "local_init_op", GraphKeys.LOCAL_INIT_OP, Scaffold.default_local_init_op
            )
        if self._summary_op is None:
            self._summary_op = default("summary_op", GraphKeys.SUMMARY_OP, summary.merge_all)
        if self._saver is None:
            self._saver = saver_lib._get_saver_or_default()
        self._saver.build()
        get_default_graph().finalize()
        logging.info("Graph was finalized.")
        return self

    @property
    def init_fn(self) -> Callable[[Any], Any] | None:
        """`init_fn` as a function of the session alone."""
        function = self._user_init_fn
        return (lambda session: function(self, session)) if function else None

    @property
    def init_op(self) -> Any:
        """Initializes the model."""
        return self._init_op

    @property
    def ready_op(self) -> Any:
        """Gives the names of what is not initialized."""
        return self._ready_op

    @property
    def ready_for_local_init_op(self) -> Any:
        """Gives the names of global variables that are not initialized."""
        return self._ready_for_local_init_op

    @property
    def local_init_op(self) -> Any:
        """Initializes local variables and tables."""
        return self._local_init_op

    @property
    def summary_op(self) -> Any:
        """Gives all summaries."""
        return self._summary_op

    @property
    def saver(self) -> Any:
        """The Saver."""
        return self._saver

    @property
    def init_feed_dict(self) -> Any:
        """Values to feed to `init_op`."""
        return self._init_feed_dict

    @staticmethod
    def get_or_default(
        arg_name: str, collection_key: str, default_constructor: Callable[[], Any]
    ) -> Any:
        """The only element of a collection; if it is empty, what the constructor makes is put
        there. Raises RuntimeError if there are several."""
        elements = get_collection(collection_key)
        if len(elements) > 1:
            raise RuntimeError(
                'More than one item in the collection "%s". Please indicate which one to use by '
                "passing it to the tf.Scaffold constructor as:  tf.Scaffold(%s=item to use)",
                collection_key,
                arg_name,
            )
        if elements:
            return elements[0]
        made = default_constructor()
        if made is not None:
            add_to_collection(collection_key, made)
        return made

    @staticmethod
    def default_local_init_op() -> Operation:
        """A node that initializes local variables, tables and local resources."""
        return grouping.group(
            variables.local_variables_initializer(),
            tables_initializer(),
            resources.initialize_resources(resources.local_resources()),
        )


def _init_op() -> Operation:
    return grouping.group(
        variables.global_variables_initializer(),
        resources.initialize_resources(resources.shared_resources()),
    )


def _ready_op() -> Any:
    return array_ops.concat(
        [variables.report_uninitialized_variables(), resources.report_uninitialized_resources()], 0
    )


def _ready_for_local_init_op() -> Any:
    return array_ops.concat(
        [
            variables.report_uninitialized_variables(variables.global_variables()),
            resources.report_uninitialized_resources(resources.shared_resources()),
        ],
        0,
    )
