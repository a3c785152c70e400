"""Sessions around sessions that look into runs: what such wrappers share."""

import abc
import re
import threading
from collections.abc import Callable, Mapping
from typing import Any

from evergraph.base import errors, nest
from evergraph.base.platform import logging
from evergraph.engine.session import BaseSession, SessionInterface
from evergraph.graph import scopes
from evergraph.library.debug import debug_utils
from evergraph.library.train import monitored_session
from evergraph.library.train.session_wrappers import StepContext
from evergraph.proto.protobuf import config_pb2


def _check_type(obj: Any, expected_types: Any) -> None:
    if not isinstance(obj, expected_types):
        raise TypeError(f"Expected type {expected_types}; got type {type(obj)}")


class OnSessionInitRequest:
    """A session that is being wrapped."""

    def __init__(self, sess: Any) -> None:
        _check_type(sess, (BaseSession, monitored_session.MonitoredSession))
        self.session = sess


class OnSessionInitAction:
    """What to do when a session was wrapped."""

    PROCEED = "proceed"
    REMOTE_INSTR_LOOP = "remote_instr_loop"


class OnSessionInitResponse:
    """What to do when a session was wrapped: an OnSessionInitAction."""

    def __init__(self, action: str) -> None:
        _check_type(action, str)
        self.action = action


class OnRunStartRequest:
    """A run that is about to begin: the arguments of `run`, and its number, from 1 on."""

    def __init__(
        self,
        fetches: Any,
        feed_dict: Any,
        run_options: Any,
        run_metadata: Any,
        run_call_count: int,
        is_callable_runner: bool = False,
    ) -> None:
        self.fetches = fetches
        self.feed_dict = feed_dict
        self.run_options = run_options
        self.run_metadata = run_metadata
        self.run_call_count = run_call_count
        self.is_callable_runner = is_callable_runner


class OnRunStartAction:
    """How a run is done."""

    DEBUG_RUN = "debug_run"
    PROFILE_RUN = "profile_run"
    NON_DEBUG_RUN = "non_debug_run"


class OnRunStartResponse:
    """How a run is done: an OnRunStartAction, and what is watched (see
    `debug_utils.watch_graph`)."""

    def __init__(
        self,
        action: str,
        debug_urls: list[str],
        debug_ops: Any = "DebugIdentity",
        node_name_regex_whitelist: str | None = None,
        op_type_regex_whitelist: str | None = None,
        tensor_dtype_regex_whitelist: str | None = None,
        tolerate_debug_op_creation_failures: bool = False,
    ) -> None:
        _check_type(action, str)
        _check_type(debug_urls, list)
        self.action = action
        self.debug_urls = debug_urls
        self.debug_ops = debug_ops
        self.node_name_regex_whitelist = node_name_regex_whitelist
        self.op_type_regex_whitelist = op_type_regex_whitelist
        self.tensor_dtype_regex_whitelist = tensor_dtype_regex_whitelist
        self.tolerate_debug_op_creation_failures = tolerate_debug_op_creation_failures

    def watches(self) -> dict[str, Any]:
        """The arguments of `watch_graph` but for graph and options."""
        return {key: value for key, value in vars(self).items() if key != "action"}


class OnRunEndRequest:
    """A run that has ended: how it was done, its RunMetadata, the graph, and its error."""

    def __init__(
        self,
        performed_action: str,
        run_metadata: Any = None,
        client_graph_def: Any = None,
        tf_error: Any = None,
    ) -> None:
        _check_type(performed_action, str)
        if run_metadata is not None:
            _check_type(run_metadata, config_pb2.RunMetadata)
        self.performed_action = performed_action
        self.run_metadata = run_metadata
        self.client_graph_def = client_graph_def
        self.tf_error = tf_error


class OnRunEndResponse:
    """Says nothing yet."""


def _is_empty(fetches: Any) -> bool:
    """Whether nothing is in a nest."""
    if not nest.is_nested(fetches):
        return False
    items = fetches.values() if isinstance(fetches, Mapping) else fetches
    return all(map(_is_empty, items))


class BaseDebugWrapperSession(SessionInterface, metaclass=abc.ABCMeta):
    """A session whose runs are those of another, with a look before and after.

    A subclass says in `on_session_init`, `on_run_start` and `on_run_end` what is done.

    Args:
      sess: a Session or MonitoredSession.
      thread_name_filter: how the names of threads begin whose runs are looked into; default: all.
      pass_through_operrors: whether errors of runs are raised; else a run gives its error, and
        `on_run_end` is told of it.

    Raises:
      TypeError: `sess` is no session.
    """

    def __init__(
        self, sess: Any, thread_name_filter: str | None = None, pass_through_operrors: Any = False
    ) -> None:
        _check_type(sess, (BaseSession, monitored_session.MonitoredSession))
        self._sess = sess
        self._thread_name_filter_pattern = (
            re.compile(thread_name_filter) if thread_name_filter else None
        )
        self._pass_through_operrors = pass_through_operrors
        self._run_call_count = 0
        self._default_session_context_manager: Any = None
        response = self.on_session_init(OnSessionInitRequest(sess))
        _check_type(response, OnSessionInitResponse)
        if response.action == OnSessionInitAction.REMOTE_INSTR_LOOP:
            raise NotImplementedError(
                "OnSessionInitAction REMOTE_INSTR_LOOP has not been implemented."
            )
        if response.action != OnSessionInitAction.PROCEED:
            raise ValueError(f"Invalid OnSessionInitAction value: {response.action}")

    @abc.abstractmethod
    def on_session_init(self, request: OnSessionInitRequest) -> OnSessionInitResponse:
        """Says what to do when the session was wrapped."""

    @abc.abstractmethod
    def on_run_start(self, request: OnRunStartRequest) -> OnRunStartResponse:
        """Says how a run is done."""

    @abc.abstractmethod
    def on_run_end(self, request: OnRunEndRequest) -> OnRunEndResponse:
        """Is told that a run has ended."""

    @property
    def graph(self) -> Any:
        """The session's graph."""
        return self._sess.graph

    @property
    def graph_def(self) -> Any:
        """The session's graph as a GraphDef."""
        return self._sess.graph_def

    @property
    def sess_str(self) -> Any:
        """The session's target."""
        return self._sess.sess_str

    @property
    def session(self) -> Any:
        """The session that is wrapped."""
        return self._sess

    @property
    def run_call_count(self) -> int:
        """How many runs there were."""
        return self._run_call_count

    def increment_run_call_count(self) -> None:
        """Counts a run."""
        self._run_call_count += 1

    def run(
        self,
        fetches: Any,
        feed_dict: Any = None,
        options: Any = None,
        run_metadata: Any = None,
        callable_runner: Any = None,
        callable_runner_args: Any = None,
        callable_options: Any = None,
    ) -> Any:
        """Runs, as `Session.run` does, and looks into it as `on_run_start` says.

        Args:
          fetches, feed_dict, options, run_metadata: as for `Session.run`.
          callable_runner: what `Session.make_callable` gave, in place of fetches and feeds.
          callable_runner_args: its arguments.
          callable_options: not supported.

        Raises:
          ValueError: fetches are given, and a runner too; or `on_run_start` says nothing known.
        """
        if callable_options is not None:
            raise NotImplementedError("CallableOptions are not supported.")
        if callable_runner and (fetches or feed_dict):
            raise ValueError(
                "callable_runner and fetches/feed_dict are mutually exclusive, but are used "
                "simultaneously."
            )
        self.increment_run_call_count()

        def call(**more: Any) -> Any:
            if callable_runner:
                return callable_runner(*callable_runner_args, **more)
            return self._sess.run(fetches, feed_dict=feed_dict, **more)

        given = {"options": options, "run_metadata": run_metadata}
        empty = not callable_runner and _is_empty(fetches)
        if empty:
            logging.info(
                "Due to empty fetches, tfdbg Session wrapper is letting a Session.run pass through "
                "without any debugging actions."
            )
        if empty or self._is_disabled_thread():
            return call(**given)
        request = OnRunStartRequest(
            fetches,
            feed_dict,
            options,
            run_metadata,
            self._run_call_count,
            is_callable_runner=bool(callable_runner),
        )
        response = self.on_run_start(request)
        _check_type(response, OnRunStartResponse)
        result, ended = self._run_as(response, call, given)
        _check_type(self.on_run_end(ended), OnRunEndResponse)
        return result

    def _run_as(
        self, response: OnRunStartResponse, call: Callable[..., Any], given: dict[str, Any]
    ) -> tuple[Any, OnRunEndRequest]:
        action = response.action
        if action == OnRunStartAction.NON_DEBUG_RUN:
            return call(**given), OnRunEndRequest(action)
        if action not in (OnRunStartAction.DEBUG_RUN, OnRunStartAction.PROFILE_RUN):
            raise ValueError(f"Invalid OnRunStartAction value: {action}")
        options = config_pb2.RunOptions()
        if given["options"] is not None:
            options.CopyFrom(given["options"])
        metadata = given["run_metadata"] or config_pb2.RunMetadata()
        error = None
        if action == OnRunStartAction.PROFILE_RUN:
            self._decorate_run_options_for_profile(options)
            result = call(options=options, run_metadata=metadata)
        else:
            self._decorate_run_options_for_debug(options, **response.watches())
            try:
                result = call(options=options, run_metadata=metadata)
            except errors.OpError as failure:
                if self._pass_through_operrors:
                    raise
                result = error = failure
        graph_def = self._sess.graph.as_graph_def()
        return result, OnRunEndRequest(action, metadata, graph_def, error)

    def _is_disabled_thread(self) -> bool:
        name = threading.current_thread().name or ""
        pattern = self._thread_name_filter_pattern
        return pattern is not None and not pattern.match(name)

    def _is_disk_usage_reset_each_run(self) -> bool:
        return False

    def _decorate_run_options_for_debug(
        self,
        run_options: Any,
        debug_urls: Any,
        debug_ops: Any = "DebugIdentity",
        node_name_regex_whitelist: str | None = None,
        op_type_regex_whitelist: str | None = None,
        tensor_dtype_regex_whitelist: str | None = None,
        tolerate_debug_op_creation_failures: bool = False,
    ) -> None:
        run_options.output_partition_graphs = True
        debug_utils.watch_graph(
            run_options,
            self._sess.graph,
            debug_ops,
            debug_urls,
            node_name_regex_whitelist,
            op_type_regex_whitelist,
            tensor_dtype_regex_whitelist,
            tolerate_debug_op_creation_failures,
            reset_disk_byte_usage=self._run_call_count == 1 or self._is_disk_usage_reset_each_run(),
        )

    def _decorate_run_options_for_profile(self, run_options: Any) -> None:
        run_options.trace_level = config_pb2.RunOptions.FULL_TRACE

    def run_step_fn(self, step_fn: Any) -> Any:
        """As `MonitoredSession.run_step_fn`."""
        return step_fn(StepContext(self._sess, self.run))

    def partial_run_setup(self, fetches: Any, feeds: Any = None) -> str:
        """Raises NotImplementedError."""
        raise NotImplementedError(
            "partial_run_setup is not implemented for debug-wrapper sessions."
        )

    def partial_run(self, handle: str, fetches: Any, feed_dict: Any = None) -> Any:
        """Raises NotImplementedError."""
        raise NotImplementedError("partial_run is not implemented for debug-wrapper sessions.")

    def list_devices(self, *args: Any, **kwargs: Any) -> Any:
        """The session's devices."""
        return self._sess.list_devices(*args, **kwargs)

    def reset(self, *args: Any, **kwargs: Any) -> Any:
        """As `Session.reset`."""
        return self._sess.reset(*args, **kwargs)

    def make_callable(
        self, fetches: Any, feed_list: Any = None, accept_options: bool = False
    ) -> Callable[..., Any]:
        """As `Session.make_callable`; runs of what it gives are looked into, too."""
        runner = self._sess.make_callable(fetches, feed_list=feed_list, accept_options=True)

        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return self.run(
                None,
                options=kwargs.get("options"),
                run_metadata=kwargs.get("run_metadata"),
                callable_runner=runner,
                callable_runner_args=args,
            )

        return wrapped

    def as_default(self) -> Any:
        """Makes this the default session inside a `with` block."""
        return scopes.default_session(self)

    def __enter__(self) -> Any:
        if self._default_session_context_manager is None:
            self._default_session_context_manager = self.as_default()
        return self._default_session_context_manager.__enter__()

    def __exit__(self, exec_type: Any, exec_value: Any, exec_tb: Any) -> None:
        self._default_session_context_manager.__exit__(exec_type, exec_value, exec_tb)

    def close(self) -> None:
        """Closes the session."""
        self._sess.close()

    def should_stop(self) -> bool:
        """As `MonitoredSession.should_stop`. Raises ValueError where the session has no such
        method."""
        if hasattr(self._sess, "should_stop"):
            return bool(self._sess.should_stop())
        raise ValueError(
            f"The wrapped session {self._sess!r} does not have a method called 'should_stop'. "
            "Do you intend to wrap a tf.MonitoredSession instead?"
        )


class WatchOptions:
    """What is watched; what functions give that say so for each run.

    Args:
      debug_ops: a debug op or a list; default: ["DebugIdentity"].
      node_name_regex_whitelist, op_type_regex_whitelist, tensor_dtype_regex_whitelist: how names
        begin of nodes, op types, element types.
      tolerate_debug_op_creation_failures: whether debug ops that do not take a tensor's type are
        left out.
    """

    def __init__(
        self,
        debug_ops: Any = None,
        node_name_regex_whitelist: str | None = None,
        op_type_regex_whitelist: str | None = None,
        tensor_dtype_regex_whitelist: str | None = None,
        tolerate_debug_op_creation_failures: bool = False,
    ) -> None:
        self.debug_ops = debug_ops or ["DebugIdentity"]
        self.node_name_regex_whitelist = node_name_regex_whitelist
        self.op_type_regex_whitelist = op_type_regex_whitelist
        self.tensor_dtype_regex_whitelist = tensor_dtype_regex_whitelist
        self.tolerate_debug_op_creation_failures = tolerate_debug_op_creation_failures

    def __repr__(self) -> str:
        items = ", ".join(f"{key}={value!r}" for key, value in vars(self).items())
        return f"WatchOptions({items})"


class NonInteractiveDebugWrapperSession(BaseDebugWrapperSession):
    """A wrapper that asks nobody: each run is watched.

    Args:
      sess, thread_name_filter, pass_through_operrors: as for BaseDebugWrapperSession.
      watch_fn: gives WatchOptions for a run's fetches and feeds; default: all is watched.

    Raises:
      TypeError: `watch_fn` cannot be called.
    """

    def __init__(
        self,
        sess: Any,
        watch_fn: Any = None,
        thread_name_filter: str | None = None,
        pass_through_operrors: Any = False,
    ) -> None:
        super().__init__(sess, thread_name_filter, pass_through_operrors)
        if watch_fn is not None and not callable(watch_fn):
            raise TypeError("watch_fn is not callable")
        self._watch_fn = watch_fn

    @abc.abstractmethod
    def prepare_run_debug_urls(self, fetches: Any, feed_dict: Any) -> Any:
        """The URLs that a run tells its tensors to."""

    def on_session_init(self, request: OnSessionInitRequest) -> OnSessionInitResponse:
        """Nothing is to be done."""
        return OnSessionInitResponse(OnSessionInitAction.PROCEED)

    def on_run_start(self, request: OnRunStartRequest) -> OnRunStartResponse:
        """The run is watched as `watch_fn` says."""
        urls, watched = self._prepare_run_watch_config(request.fetches, request.feed_dict)
        return OnRunStartResponse(OnRunStartAction.DEBUG_RUN, urls, **vars(watched))

    def _prepare_run_watch_config(self, fetches: Any, feed_dict: Any) -> tuple[Any, WatchOptions]:
        urls = self.prepare_run_debug_urls(fetches, feed_dict)
        watched = WatchOptions() if self._watch_fn is None else self._watch_fn(fetches, feed_dict)
        return urls, WatchOptions(*watched) if isinstance(watched, tuple) else watched

    def on_run_end(self, request: OnRunEndRequest) -> OnRunEndResponse:
        """Nothing is to be done."""
        return OnRunEndResponse()
