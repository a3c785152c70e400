"""Hooks that look into the runs of monitored sessions and estimators."""

from typing import Any

from evergraph.library.debug import dumping_wrapper, framework, local_cli_wrapper
from evergraph.library.train import session_run_hook
from evergraph.proto.protobuf import config_pb2


class LocalCLIDebugHook(session_run_hook.SessionRunHook):
    """Asks on the command line what to look at, before and after each run.

    Args:
      ui_type, dump_root, thread_name_filter, config_file_path: as for LocalCLIDebugWrapperSession.
    """

    def __init__(
        self,
        ui_type: str = "curses",
        dump_root: str | None = None,
        thread_name_filter: str | None = None,
        config_file_path: str | None = None,
    ) -> None:
        self._ui_type = ui_type
        self._dump_root = dump_root
        self._thread_name_filter = thread_name_filter
        self._config_file_path = config_file_path
        self._session_wrapper: Any = None
        self._pending_tensor_filters: dict[str, Any] = {}
        self._performed_action = ""

    def add_tensor_filter(self, filter_name: str, tensor_filter: Any) -> None:
        """Adds a filter: see `LocalCLIDebugWrapperSession.add_tensor_filter`."""
        if self._session_wrapper:
            self._session_wrapper.add_tensor_filter(filter_name, tensor_filter)
        else:
            self._pending_tensor_filters[filter_name] = tensor_filter

    def begin(self) -> None:
        """Nothing is to be done."""

    def before_run(self, run_context: Any) -> Any:
        """Asks how the run is to be done."""
        if not self._session_wrapper:
            self._session_wrapper = local_cli_wrapper.LocalCLIDebugWrapperSession(
                run_context.session,
                ui_type=self._ui_type,
                dump_root=self._dump_root,
                thread_name_filter=self._thread_name_filter,
                config_file_path=self._config_file_path,
            )
            for name, tensor_filter in self._pending_tensor_filters.items():
                self._session_wrapper.add_tensor_filter(name, tensor_filter)
        wrapper = self._session_wrapper
        wrapper.increment_run_call_count()
        arguments = run_context.original_args
        response = wrapper.on_run_start(
            framework.OnRunStartRequest(
                arguments.fetches, arguments.feed_dict, None, None, wrapper.run_call_count
            )
        )
        self._performed_action = response.action
        options = config_pb2.RunOptions()
        if response.action == framework.OnRunStartAction.DEBUG_RUN:
            wrapper._decorate_run_options_for_debug(options, **response.watches())
        elif response.action == framework.OnRunStartAction.PROFILE_RUN:
            wrapper._decorate_run_options_for_profile(options)
        return session_run_hook.SessionRunArgs(None, feed_dict=None, options=options)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Asks what to show of the run."""
        self._session_wrapper.on_run_end(
            framework.OnRunEndRequest(self._performed_action, run_values.run_metadata)
        )


class DumpingDebugHook(session_run_hook.SessionRunHook):
    """Writes what tensors held in each run.

    Args:
      session_root, watch_fn, thread_name_filter, log_usage: as for DumpingDebugWrapperSession.
    """

    def __init__(
        self,
        session_root: str,
        watch_fn: Any = None,
        thread_name_filter: str | None = None,
        log_usage: bool = True,
    ) -> None:
        self._session_root = session_root
        self._watch_fn = watch_fn
        self._thread_name_filter = thread_name_filter
        self._log_usage = log_usage
        self._session_wrapper: Any = None

    def begin(self) -> None:
        """Nothing is to be done."""

    def before_run(self, run_context: Any) -> Any:
        """Asks for the run to be watched."""
        if not self._session_wrapper:
            self._session_wrapper = dumping_wrapper.DumpingDebugWrapperSession(
                run_context.session,
                self._session_root,
                watch_fn=self._watch_fn,
                thread_name_filter=self._thread_name_filter,
                log_usage=self._log_usage,
            )
        wrapper = self._session_wrapper
        wrapper.increment_run_call_count()
        arguments = run_context.original_args
        urls, watched = wrapper._prepare_run_watch_config(arguments.fetches, arguments.feed_dict)
        options = config_pb2.RunOptions()
        wrapper._decorate_run_options_for_debug(options, urls, **vars(watched))
        # TensorFlow's hook does not ask for the graphs: they are in the folder.
        options.output_partition_graphs = False
        return session_run_hook.SessionRunArgs(None, feed_dict=None, options=options)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Nothing is to be done."""
