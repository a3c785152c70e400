"""`tf.logging`: the functions and levels, on the standard logger named "tensorflow"."""

import logging as _logging
import os
import sys
import threading
import time
from logging import DEBUG, ERROR, FATAL, INFO, WARN
from types import FrameType
from typing import Any

from evergraph.base.export import export, export_constant

for _name in ("DEBUG", "ERROR", "FATAL", "INFO", "WARN"):
    export_constant(__name__, _name, "logging." + _name)

_LEVEL_LETTERS = {FATAL: "F", ERROR: "E", WARN: "W", INFO: "I", DEBUG: "D"}
_lock = threading.Lock()
_log_counter_per_token: dict[tuple[str, int], int] = {}


def _caller_frame() -> FrameType | None:
    """The nearest frame outside this file and the standard logging module."""
    frame: FrameType | None = sys._getframe(1)
    while frame and frame.f_code.co_filename in (__file__, _logging._srcfile):
        frame = frame.f_back
    return frame


def _find_caller(stack_info: bool = False, stacklevel: int = 1) -> tuple[str, int, str, str | None]:
    """What a logger reports as the place of a message: the caller of this module, not it."""
    frame = _caller_frame()
    if frame is None:
        return "(unknown file)", 0, "(unknown function)", None
    return frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_name, None


@export("get_logger")
def get_logger() -> _logging.Logger:
    """The logger of TensorFlow.

    It writes to stderr, or in an interactive shell to stdout from level INFO on, unless the
    program had configured the root logger before the first use.
    """
    logger = _logging.getLogger("tensorflow")
    if logger.findCaller is not _find_caller:
        with _lock:
            if logger.findCaller is not _find_caller:
                _configure(logger)
    return logger


def _configure(logger: _logging.Logger) -> None:
    if not _logging.getLogger().handlers:
        interactive = hasattr(sys, "ps1") or bool(sys.flags.interactive)
        if interactive:
            logger.setLevel(INFO)
        handler = _logging.StreamHandler(sys.stdout if interactive else sys.stderr)
        handler.setFormatter(_logging.Formatter(_logging.BASIC_FORMAT, None))
        logger.addHandler(handler)
    setattr(logger, "findCaller", _find_caller)  # noqa: B010


@export("logging.log")
def log(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log `msg % args` at `level`."""
    get_logger().log(level, msg, *args, **kwargs)


@export("logging.vlog")
def vlog(level: int, msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log `msg % args` at `level`."""
    get_logger().log(level, msg, *args, **kwargs)


@export("logging.debug")
def debug(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log `msg % args` at level DEBUG."""
    get_logger().debug(msg, *args, **kwargs)


@export("logging.info")
def info(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log `msg % args` at level INFO."""
    get_logger().info(msg, *args, **kwargs)


@export("logging.warn")
def warn(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log `msg % args` at level WARN."""
    get_logger().warning(msg, *args, **kwargs)


@export("logging.warning")
def warning(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log `msg % args` at level WARN."""
    get_logger().warning(msg, *args, **kwargs)


@export("logging.error")
def error(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log `msg % args` at level ERROR."""
    get_logger().error(msg, *args, **kwargs)


@export("logging.fatal")
def fatal(msg: Any, *args: Any, **kwargs: Any) -> None:
    """Log `msg % args` at level FATAL; the program goes on."""
    get_logger().fatal(msg, *args, **kwargs)


@export("logging.TaskLevelStatusMessage")
def TaskLevelStatusMessage(msg: Any) -> None:
    """Log `msg` at level ERROR."""
    error(msg)


@export("logging.flush")
def flush() -> None:
    """Raises NotImplementedError, as in TensorFlow."""
    raise NotImplementedError()


def _count_of_call() -> int:
    """How often the calling line has logged before."""
    token = _GetFileAndLine()
    count = _log_counter_per_token.get(token, -1) + 1
    _log_counter_per_token[token] = count
    return count


def _GetFileAndLine() -> tuple[str, int]:
    frame = _caller_frame()
    return (frame.f_code.co_filename, frame.f_lineno) if frame else ("<unknown>", 0)


@export("logging.log_every_n")
def log_every_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Log `msg % args` at the first of every `n` calls made from the same line."""
    log_if(level, msg, not _count_of_call() % n, *args)


@export("logging.log_first_n")
def log_first_n(level: int, msg: Any, n: int, *args: Any) -> None:
    """Log `msg % args` at the first `n` calls made from the same line."""
    log_if(level, msg, _count_of_call() < n, *args)


@export("logging.log_if")
def log_if(level: int, msg: Any, condition: Any, *args: Any) -> None:
    """Log `msg % args` if `condition` holds."""
    if condition:
        vlog(level, msg, *args)


@export("logging.get_verbosity")
def get_verbosity() -> int:
    """The lowest level that is logged."""
    return get_logger().getEffectiveLevel()


@export("logging.set_verbosity")
def set_verbosity(v: int | str) -> None:
    """Set the lowest level that is logged."""
    get_logger().setLevel(v)


def google2_log_prefix(
    level: int, timestamp: float | None = None, file_and_line: tuple[str, int] | None = None
) -> str:
    """The start of a log line: level, time, thread, file and line."""
    now = timestamp or time.time()
    local = time.localtime(now)
    filename, line = file_and_line or _GetFileAndLine()
    return (
        f"{_LEVEL_LETTERS.get(level, 'I')}{local.tm_mon:02d}{local.tm_mday:02d} "
        f"{local.tm_hour:02d}:{local.tm_min:02d}:{local.tm_sec:02d}.{int(1e6 * (now % 1.0)):06d} "
        f"{threading.get_ident():5d} {os.path.basename(filename)}:{line}] "
    )


_log_prefix = google2_log_prefix
