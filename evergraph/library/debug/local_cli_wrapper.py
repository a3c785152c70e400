"""A session that asks, before and after each run, what to look at."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.base.version import VERSION
from evergraph.library.debug import debug_data, framework
from evergraph.library.debug.analyzer import (
    CommandError,
    DebugAnalyzer,
    cut,
    parser,
    printed_tensor,
    sliced,
    split_command,
    tensor_arguments,
)

_Command = Callable[[Sequence[str]], Any]
_LINE = "=" * 38


def _names(nested: Any) -> list[str]:
    """The names of what is in a nest of fetches, or of fed tensors."""
    if isinstance(nested, dict):
        return [name for value in nested.values() for name in _names(value)]
    if isinstance(nested, (list, tuple)):
        return [name for value in nested for name in _names(value)]
    return [getattr(nested, "name", None) or str(nested)]


def _counted(names: list[str], word: str, plural: str) -> str:
    if len(names) == 1:
        return f"1 {word} ({names[0]})"
    return f"{len(names)} {plural}"


class _Prompt:
    """Reads commands and shows what they give, until one of them gives an answer."""

    def __init__(self, commands: dict[str, tuple[str, _Command]]) -> None:
        self._commands = commands
        self._by_name = {
            alias: function
            for name, (short, function) in commands.items()
            for alias in (name, short)
        }

    def help(self, args: Sequence[str]) -> list[str]:
        """Lists the commands."""
        lines = []
        for name, (short, function) in sorted(self._commands.items()):
            lines += [name, f"  Aliases: {short}", "", f"  {_first_line(function)}", ""]
        return lines

    def ask(self, first_command: str) -> Any:
        """The answer of the first command that gives one; None at the end of the input."""
        self._do(first_command)
        while True:
            try:
                line = input("tfdbg> ").strip()
            except EOFError:
                return "exit"
            if line in ("exit", "quit"):
                return "exit"
            answer = self._do(line) if line else None
            if answer is not None:
                return answer

    def _do(self, line: str) -> Any:
        try:
            name, *args = split_command(line)
            function = self.help if name in ("help", "h") else self._by_name.get(name)
            if function is None:
                raise CommandError(f'Invalid command prefix "{name}"')
            result = function(args)
        except CommandError as error:
            result = [f"ERROR: {error}"]
        if not isinstance(result, list):
            return result
        print("\n".join(result) + "\n")
        return None


def _first_line(function: Any) -> str:
    return (function.__doc__ or "").strip().splitlines()[0]


class LocalCLIDebugWrapperSession(framework.BaseDebugWrapperSession):
    """A session that asks on the command line, before each run whether to look into it, after it
    what to show.

    Args:
      sess: a Session or MonitoredSession.
      dump_root: a folder that is empty or not there, for the tensors of a run; they are removed
        afterwards. Default: a temporary one.
      log_usage: not used.
      ui_type: "curses" or "readline"; both mean lines.
      thread_name_filter: how the names of threads begin whose runs are looked into; default: all.
      config_file_path: not used.

    Raises:
      ValueError: `dump_root` is a file, or a folder that is not empty.
    """

    def __init__(
        self,
        sess: Any,
        dump_root: str | None = None,
        log_usage: bool = True,
        ui_type: str = "curses",
        thread_name_filter: str | None = None,
        config_file_path: Any = False,
    ) -> None:
        super().__init__(sess, thread_name_filter=thread_name_filter)
        if dump_root:
            dump_root = os.path.expanduser(dump_root)
            if os.path.isfile(dump_root):
                raise ValueError(f"dump_root path points to a file: {dump_root}")
            if os.path.isdir(dump_root) and os.listdir(dump_root):
                raise ValueError(f"dump_root path points to a non-empty directory: {dump_root}")
        self._dump_root = dump_root or os.path.join(tempfile.mkdtemp(prefix="tfdbg_"), "run")
        if ui_type not in ("curses", "readline"):
            raise ValueError(f"Invalid ui_type: {ui_type}")
        self._tensor_filters: dict[str, Any] = {"has_inf_or_nan": debug_data.has_inf_or_nan}
        self._active_tensor_filter: str | None = None
        self._excluded: str | None = None
        self._request: Any = None
        # What the next runs do without asking.
        self._next: list[framework.OnRunStartResponse] = []
        self._exiting = False

    def add_tensor_filter(self, filter_name: str, tensor_filter: Any) -> None:
        """Adds a filter: `tensor_filter(datum, value)` says whether a tensor is to be found."""
        self._tensor_filters[filter_name] = tensor_filter

    def on_session_init(self, request: Any) -> framework.OnSessionInitResponse:
        """Nothing is to be done."""
        return framework.OnSessionInitResponse(framework.OnSessionInitAction.PROCEED)

    def _is_disk_usage_reset_each_run(self) -> bool:
        return True

    def _debug_run(self, **watches: Any) -> framework.OnRunStartResponse:
        urls = ["file://" + self._dump_root]
        return framework.OnRunStartResponse(framework.OnRunStartAction.DEBUG_RUN, urls, **watches)

    def on_run_start(self, request: Any) -> framework.OnRunStartResponse:
        """Asks how the run is to be done, unless that is known."""
        self._request = request
        if self._active_tensor_filter:
            return self._debug_run()
        self._exit_if_asked()
        if not self._next:
            print(f"run-start: {self._title()}")
            self._ask({}, "run_info")
            self._exit_if_asked()
        return self._next.pop(0)

    def on_run_end(self, request: Any) -> framework.OnRunEndResponse:
        """Asks what to show of the run."""
        if request.performed_action != framework.OnRunStartAction.DEBUG_RUN:
            return framework.OnRunEndResponse()
        if request.tf_error and not os.path.isdir(self._dump_root):
            raise request.tf_error
        dump = debug_data.DebugDumpDir(
            self._dump_root,
            request.run_metadata.partition_graphs if request.run_metadata else None,
        )
        dump.set_python_graph(self._sess.graph)
        first = "lt"
        passed = self._active_tensor_filter
        if passed:
            found = dump.find(self._tensor_filters[passed], 1, exclude_node_names=self._excluded)
            if not found:
                self._remove_dump_root()
                return framework.OnRunEndResponse()
            first = f"lt -f {passed}"
            if self._excluded:
                first += f" --filter_exclude_node_names {self._excluded}"
            self._active_tensor_filter = self._excluded = None
        print(f"run-end: {self._title()}")
        if request.tf_error:
            print(f"An error occurred during the run:\n\n{request.tf_error.message}\n")
        self._ask(DebugAnalyzer(dump, self._tensor_filters).commands, first)
        self._remove_dump_root()
        return framework.OnRunEndResponse()

    def _remove_dump_root(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            shutil.rmtree(self._dump_root)

    def _exit_if_asked(self) -> None:
        if self._exiting:
            print("Note: user exited from debugger CLI: Calling sys.exit(1).", file=sys.stderr)
            sys.exit(1)

    def _ask(self, commands: dict[str, tuple[str, _Command]], first_command: str) -> None:
        own: dict[str, tuple[str, _Command]] = {
            "run": ("r", self._run_command),
            "run_info": ("ri", self._run_info),
            "print_feed": ("pf", self._print_feed),
        }
        answer = _Prompt({**commands, **own}).ask(first_command)
        if answer == "exit":
            self._exiting = True
        else:
            self._next = list(answer)

    # -- commands

    def _fed_names(self) -> list[str]:
        return [getattr(key, "name", str(key)) for key in self._request.feed_dict or ()]

    def _title(self) -> str:
        fetched = _counted(_names(self._request.fetches), "fetch", "fetches")
        fed = _counted(self._fed_names(), "feed", "feeds")
        return f"run #{self._request.run_call_count}: {fetched}; {fed}"

    def _run_info(self, args: Sequence[str]) -> list[str]:
        """Display information about this Session.run() call."""
        filters = (f"        * {name}" for name in sorted(self._tensor_filters))
        return [
            f"evergraph, as TensorFlow {VERSION}",
            "",
            _LINE,
            f"Session.run() call #{self._request.run_call_count}:",
            "",
            "Fetch(es):",
            *(f"  {name}" for name in _names(self._request.fetches)),
            "",
            "Feed dict:",
            *(f"  {name}" for name in self._fed_names() or ["(Empty)"]),
            _LINE,
            "",
            "Select one of the following commands to proceed ---->",
            "  run: do this run and look into it",
            "  run -n: do this run without",
            "  run -t <T>: do T runs and look into the last one",
            "  run -f <filter_name>: do runs until a tensor passes a filter",
            *filters,
        ]

    def _run_command(self, args: Sequence[str]) -> Any:
        """Run through, with or without debug tensor watching."""
        made = parser("run", "Run through, with or without debug tensor watching.")
        made.add_argument("-t", "--times", type=int, default=1)
        made.add_argument("-n", "--no_debug", action="store_true")
        made.add_argument("-f", "--till_filter_pass", default="")
        made.add_argument("-fenn", "--filter_exclude_node_names", default="")
        made.add_argument("--node_name_filter")
        made.add_argument("--op_type_filter")
        made.add_argument("--tensor_dtype_filter")
        made.add_argument("-p", "--profile", action="store_true")
        given = made.parse_args(list(args))
        if given.profile:
            raise CommandError("Profiling is not supported here; see tf.RunOptions.trace_level.")
        plain = framework.OnRunStartResponse(framework.OnRunStartAction.NON_DEBUG_RUN, [])
        if given.till_filter_pass:
            if given.till_filter_pass not in self._tensor_filters:
                raise CommandError(f'tensor filter "{given.till_filter_pass}" does not exist.')
            self._active_tensor_filter = given.till_filter_pass
            self._excluded = given.filter_exclude_node_names or None
        watched = self._debug_run(
            node_name_regex_whitelist=given.node_name_filter,
            op_type_regex_whitelist=given.op_type_filter,
            tensor_dtype_regex_whitelist=given.tensor_dtype_filter,
        )
        before = max(given.times - 1, 0)
        return (plain,) * before + ((plain,) if given.no_debug else (watched,))

    def _print_feed(self, args: Sequence[str]) -> list[str]:
        """Print the value of a feed in feed_dict."""
        given: argparse.Namespace = tensor_arguments("print_feed", "").parse_args(list(args))
        name, slices = sliced(given.tensor_name)
        for key, value in (self._request.feed_dict or {}).items():
            if getattr(key, "name", str(key)) == name:
                return printed_tensor(f"{name} (feed)", cut(value, slices), given)
        raise CommandError(f"The feed_dict of the current run does not contain the key {name}")
