"""How an Experiment exports its model."""

import collections
from collections.abc import Callable
from typing import Any

from evergraph.base import tf_inspect
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export


@export("contrib.learn.ExportStrategy")
class ExportStrategy(
    collections.namedtuple("ExportStrategy", ["name", "export_fn", "strip_default_attrs"])
):
    """How an Experiment exports its model. Stands for `tf.contrib.learn.ExportStrategy`.

    Args:
      name: the folder's name below `export` in the model's.
      export_fn: takes an estimator and a folder and, if it likes, `checkpoint_path`, with that
        `eval_result`, and `strip_default_attrs`; gives the export's path.
      strip_default_attrs: whether attrs that have their defaults are left out of nodes.
    """

    @deprecated(
        None,
        "Please switch to tf.estimator.train_and_evaluate, and use tf.estimator.Exporter.",
    )
    def __new__(
        cls, name: str, export_fn: Callable[..., Any], strip_default_attrs: bool | None = None
    ) -> "ExportStrategy":
        return super().__new__(cls, name, export_fn, strip_default_attrs)

    def export(
        self,
        estimator: Any,
        export_path: Any,
        checkpoint_path: str | None = None,
        eval_result: Any = None,
    ) -> Any:
        """Exports; gives what `export_fn` gives.

        Raises:
          ValueError: `export_fn` takes `eval_result` and no `checkpoint_path`.
        """
        taken = tf_inspect.getargspec(self.export_fn).args
        offered = {
            "checkpoint_path": checkpoint_path,
            "eval_result": eval_result,
            "strip_default_attrs": self.strip_default_attrs,
        }
        if "eval_result" in taken and "checkpoint_path" not in taken:
            raise ValueError("An export_fn accepting eval_result must also accept checkpoint_path.")
        kwargs = {name: value for name, value in offered.items() if name in taken}
        return self.export_fn(estimator, export_path, **kwargs)
