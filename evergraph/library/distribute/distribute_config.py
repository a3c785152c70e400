"""`tf.contrib.distribute.DistributeConfig`."""

import collections
from typing import Any

from evergraph.base.export import export


@export("contrib.distribute.DistributeConfig")
class DistributeConfig(
    collections.namedtuple(
        "DistributeConfig", ["train_distribute", "eval_distribute", "remote_cluster"]
    )
):
    """The strategies of an Estimator. Stands for `tf.contrib.distribute.DistributeConfig`.

    Args:
      train_distribute, eval_distribute: the strategies of training and of evaluation.
      remote_cluster: a cluster to train on.
    """

    def __new__(
        cls, train_distribute: Any = None, eval_distribute: Any = None, remote_cluster: Any = None
    ) -> "DistributeConfig":
        return super().__new__(cls, train_distribute, eval_distribute, remote_cluster)
