"""Results of evaluations in event files."""

from typing import Any

import numpy as np
from google.protobuf.message import DecodeError

from evergraph.base import dtypes
from evergraph.base.platform import logging
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tensor_proto import make_tensor_proto
from evergraph.library.summary.writer_cache import FileWriterCache
from evergraph.proto.framework.summary_pb2 import Summary


def _dict_to_str(dictionary: dict[str, Any]) -> str:
    items = sorted(dictionary.items())
    return ", ".join(f"{key} = {value!s}" for key, value in items if not isinstance(value, bytes))


def _add(summary: Any, key: str, value: Any) -> None:
    """Adds a result to a summary, or says why not."""
    if isinstance(value, (float, np.float32)):
        summary.value.add(tag=key, simple_value=float(value))
    elif isinstance(value, (int, np.int32, np.int64)):
        summary.value.add(tag=key, simple_value=int(value))
    elif isinstance(value, bytes):
        try:
            parts = Summary.FromString(value).value
        except DecodeError:
            logging.warn("Skipping summary for %s, cannot parse string to Summary.", key)
            return
        for i, part in enumerate(parts):
            part.tag = f"{key}/{i}"
        summary.value.extend(parts)
    elif isinstance(value, np.ndarray):
        summary.value.add(tag=key, node_name=key, tensor=make_tensor_proto(value))
        logging.info(
            "Summary for np.ndarray is not visible in Tensorboard by default. Consider using a "
            "Tensorboard plugin for visualization (see https://github.com/tensorflow/"
            "tensorboard-plugin-example/blob/master/README.md for more information)."
        )
    else:
        logging.warn(
            "Skipping summary for %s, must be a float, np.float32, np.int64, np.int32 or int or "
            "np.ndarray or a serialized string of Summary.",
            key,
        )


def write_results(output_dir: str, results: dict[str, Any], global_step: int) -> None:
    """Writes an evaluation's results, but for the global step."""
    logging.info("Saving dict for global step %d: %s", global_step, _dict_to_str(results))
    summary = Summary()
    for key, value in results.items():
        if value is not None and key != GraphKeys.GLOBAL_STEP:
            _add(summary, key, value)
    _write(output_dir, summary, global_step)


def write_checkpoint_path(output_dir: str, checkpoint_path: str, global_step: int) -> None:
    """Writes which checkpoint was evaluated."""
    logging.info(
        "Saving 'checkpoint_path' summary for global step %d: %s", global_step, checkpoint_path
    )
    tensor = make_tensor_proto(checkpoint_path, dtype=dtypes.string)
    summary = Summary(value=[Summary.Value(tag="checkpoint_path", tensor=tensor)])
    _write(output_dir, summary, global_step)


def _write(output_dir: str, summary: Any, global_step: int) -> None:
    writer = FileWriterCache.get(output_dir)
    writer.add_summary(summary, global_step)
    writer.flush()
