"""What is in event files, for tests."""

import glob
import os
from collections.abc import Collection, Iterable
from typing import Any

import numpy as np

from evergraph.base.export import export
from evergraph.library.train import summary_io
from evergraph.proto.framework.summary_pb2 import Summary


@export("contrib.testing.assert_summary")
def assert_summary(
    expected_tags: Collection[str], expected_simple_values: Any, summary_proto: Any
) -> None:
    """Checks the tags of a Summary message, and some of its numbers. Stands for
    `tf.contrib.testing.assert_summary`.

    Args:
      expected_tags: all tags.
      expected_simple_values: numbers by tag, right to two decimals.
      summary_proto: the message.

    Raises:
      ValueError: the tags differ.
      AssertionError: a number does.
    """
    for value in summary_proto.value:
        if value.tag in expected_simple_values:
            expected = expected_simple_values[value.tag]
            np.testing.assert_almost_equal(
                value.simple_value, expected, decimal=2, err_msg=value.tag
            )
    actual = {value.tag for value in summary_proto.value}
    if set(expected_tags) != actual:
        raise ValueError(f"Expected tags {set(expected_tags)}, got {actual}.")


@export("contrib.testing.to_summary_proto")
def to_summary_proto(summary_str: bytes) -> Summary:
    """The Summary message that bytes hold. Stands for `tf.contrib.testing.to_summary_proto`."""
    return Summary.FromString(summary_str)


@export("contrib.testing.latest_event_file")
def latest_event_file(base_dir: str) -> str | None:
    """The path of a folder's last event file. Stands for `tf.contrib.testing.latest_event_file`."""
    return max(glob.glob(os.path.join(base_dir, "events.*")), default=None)


@export("contrib.testing.latest_events")
def latest_events(base_dir: str) -> Iterable[Any]:
    """The events of a folder's last event file. Stands for `tf.contrib.testing.latest_events`."""
    path = latest_event_file(base_dir)
    return summary_io.summary_iterator(path) if path else []


@export("contrib.testing.latest_summaries")
def latest_summaries(base_dir: str) -> list[Any]:
    """The events with summaries of a folder's last event file. Stands for
    `tf.contrib.testing.latest_summaries`."""
    return [event for event in latest_events(base_dir) if event.HasField("summary")]


@export("contrib.testing.simple_values_from_events")
def simple_values_from_events(events: Iterable[Any], tags: Collection[str]) -> dict[str, float]:
    """The number of each tag at its last step. Stands for
    `tf.contrib.testing.simple_values_from_events`.

    Raises:
      ValueError: a tag's value is no number.
    """
    found: dict[str, tuple[int, float]] = {}
    for event in events:
        for value in event.summary.value:
            if value.tag not in tags:
                continue
            if not value.HasField("simple_value"):
                raise ValueError(f"Summary for {value.tag} is not a simple_value.")
            if value.tag not in found or event.step > found[value.tag][0]:
                found[value.tag] = event.step, value.simple_value
    return {tag: number for tag, (_, number) in found.items()}
