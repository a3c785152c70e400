"""Log lines that go to TensorBoard, too.

Stands for `tensorflow.python.training.tensorboard_logging`.
"""

import time
from typing import Any

from evergraph.base.platform import logging
from evergraph.proto.util.event_pb2 import Event, LogMessage

DEBUG = "DEBUG"
INFO = "INFO"
WARN = "WARN"
ERROR = "ERROR"
FATAL = "FATAL"

_LEVELS = {
    DEBUG: (LogMessage.DEBUGGING, logging.DEBUG),
    INFO: (LogMessage.INFO, logging.INFO),
    WARN: (LogMessage.WARN, logging.WARN),
    ERROR: (LogMessage.ERROR, logging.ERROR),
    FATAL: (LogMessage.FATAL, logging.FATAL),
}
_UNSET = object()
_settings: dict[str, Any] = {"verbosity": WARN, "writer": _UNSET}


def get_verbosity() -> str:
    """The least level that goes to TensorBoard."""
    return str(_settings["verbosity"])


def set_verbosity(verbosity: str) -> None:
    """Sets that level. Raises ValueError if it is none."""
    _check_verbosity(verbosity)
    _settings["verbosity"] = verbosity


def _check_verbosity(verbosity: str) -> None:
    if verbosity not in _LEVELS:
        raise ValueError(f"Level {verbosity} is not a valid tensorboard_logging level")


def set_summary_writer(summary_writer: Any) -> None:
    """Sets the FileWriter to use; None for the ordinary log alone."""
    _settings["writer"] = summary_writer


def _clear_summary_writer() -> None:
    _settings["writer"] = _UNSET


def log(level: str, message: str, *args: Any) -> None:
    """Logs `message % args`.

    Raises:
      RuntimeError: no writer was set.
      ValueError: there is no such level.
    """
    writer = _settings["writer"]
    if writer is _UNSET:
        raise RuntimeError(
            "Must call set_summary_writer before doing any logging from tensorboard_logging"
        )
    _check_verbosity(level)
    proto_level, plain_level = _LEVELS[level]
    if writer and proto_level >= _LEVELS[get_verbosity()][0]:
        line = LogMessage(level=proto_level, message=message % args)
        writer.add_event(Event(wall_time=time.time(), log_message=line))
    logging.log(plain_level, message, *args)


def debug(message: str, *args: Any) -> None:
    """Logs at level DEBUG."""
    log(DEBUG, message, *args)


def info(message: str, *args: Any) -> None:
    """Logs at level INFO."""
    log(INFO, message, *args)


def warn(message: str, *args: Any) -> None:
    """Logs at level WARN."""
    log(WARN, message, *args)


def error(message: str, *args: Any) -> None:
    """Logs at level ERROR."""
    log(ERROR, message, *args)


def fatal(message: str, *args: Any) -> None:
    """Logs at level FATAL."""
    log(FATAL, message, *args)
