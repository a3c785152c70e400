"""TensorFlow's name for the queue runner of arrays: `tf.contrib.training.FeedingQueueRunner`."""

from evergraph.base.export import export
from evergraph.library.estimator.feeding_queue_runner import (
    _FeedingQueueRunner as FeedingQueueRunner,
)

export("contrib.training.FeedingQueueRunner")(FeedingQueueRunner)

__all__ = ["FeedingQueueRunner"]
