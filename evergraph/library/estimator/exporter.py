"""When a model is exported while it is trained: `tf.estimator.Exporter` and its kinds."""

import os.path
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

from evergraph.base import errors
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import gfile, logging
from evergraph.library.estimator.metric_keys import MetricKeys
from evergraph.library.summary.summary_iterator import summary_iterator


@export("estimator.Exporter")
class Exporter(ABC):
    """What may be done after each evaluation. Stands for `tf.estimator.Exporter`."""

    @property
    @abstractmethod
    def name(self) -> str:
        """The folder in `export` of the model's folder."""

    @abstractmethod
    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: dict[str, Any],
        is_the_final_export: bool,
    ) -> Any:
        """Exports an Estimator's checkpoint to a folder, if it is time.

        Args:
          estimator: the Estimator.
          export_path: the folder.
          checkpoint_path: the checkpoint that was evaluated.
          eval_result: the metrics.
          is_the_final_export: whether training is over.

        Returns:
          The path of the export, or None.
        """


class _SavedModelExporter(Exporter):
    """What the kinds share: how to export, and how many are kept."""

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Any,
        assets_extra: Any,
        as_text: bool,
        exports_to_keep: int | None = None,
    ) -> None:
        self._name = name
        self._serving_input_receiver_fn = serving_input_receiver_fn
        self._assets_extra = assets_extra
        self._as_text = as_text
        self._exports_to_keep = exports_to_keep

    @property
    def name(self) -> str:
        """The folder in `export` of the model's folder."""
        return self._name

    def _export(self, estimator: Any, export_path: str, checkpoint_path: str) -> Any:
        path = estimator.export_saved_model(
            export_path,
            self._serving_input_receiver_fn,
            assets_extra=self._assets_extra,
            as_text=self._as_text,
            checkpoint_path=checkpoint_path,
        )
        self._delete_older(export_path)
        return path

    def _delete_older(self, folder: str) -> None:
        if self._exports_to_keep is None:
            return
        names = (str(n).rstrip("/") for n in gfile.ListDirectory(folder))
        times = sorted(n for n in names if len(n) == 10 and n.isdigit())
        for old in times[: -self._exports_to_keep]:
            path = os.path.join(folder, old)
            try:
                gfile.DeleteRecursively(path)
            except errors.NotFoundError as error:
                logging.warning("Can not delete %s recursively: %s", path, error)


@export("estimator.FinalExporter")
class FinalExporter(_SavedModelExporter):
    """Exports at the end. Stands for `tf.estimator.FinalExporter`.

    Args:
      name: the folder in `export` of the model's folder.
      serving_input_receiver_fn, assets_extra, as_text: as of `Estimator.export_saved_model`.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Any = None,
        as_text: bool = False,
    ) -> None:
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text)

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Any,
        is_the_final_export: bool,
    ) -> Any:
        """Exports if training is over."""
        if not is_the_final_export:
            return None
        logging.info("Performing the final export in the end of training.")
        return self._export(estimator, export_path, checkpoint_path)


@export("estimator.LatestExporter")
class LatestExporter(_SavedModelExporter):
    """Exports after each evaluation. Stands for `tf.estimator.LatestExporter`.

    Args:
      name, serving_input_receiver_fn, assets_extra, as_text: as of FinalExporter.
      exports_to_keep: older ones are deleted; None keeps all.

    Raises:
      ValueError: none is to be kept.
    """

    def __init__(
        self,
        name: str,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: Any = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        if exports_to_keep is not None and exports_to_keep <= 0:
            raise ValueError("`exports_to_keep`, if provided, must be positive number")
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep)

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Any,
        is_the_final_export: bool,
    ) -> Any:
        """Exports."""
        return self._export(estimator, export_path, checkpoint_path)


def _loss_smaller(best_eval_result: Any, current_eval_result: Any) -> bool:
    """Whether the second result has the smaller loss."""
    for name, result in (("best", best_eval_result), ("current", current_eval_result)):
        if not result or MetricKeys.LOSS not in result:
            raise ValueError(f"{name}_eval_result cannot be empty or no loss is found in it.")
    return bool(best_eval_result[MetricKeys.LOSS] > current_eval_result[MetricKeys.LOSS])


def _check_compare_fn(compare_fn: Any) -> None:
    if compare_fn is None:
        raise ValueError("`compare_fn` must not be None.")
    wanted = ("best_eval_result", "current_eval_result")
    taken = set(fn_args(compare_fn))
    for name in wanted:
        if name not in taken:
            raise ValueError(f"compare_fn ({compare_fn}) must include {name} argument.")
    unknown = list(taken - set(wanted))
    if unknown:
        raise ValueError(f"compare_fn ({compare_fn}) has following not expected args: {unknown}")


@export("estimator.BestExporter")
class BestExporter(_SavedModelExporter):
    """Exports after an evaluation that is better than all before. Stands for
    `tf.estimator.BestExporter`.

    Args:
      name, serving_input_receiver_fn, assets_extra, as_text: as of FinalExporter.
      event_file_pattern: the files in the model's folder that tell of earlier evaluations; None
        forgets them.
      compare_fn: whether `current_eval_result` is better than `best_eval_result`; default:
        a smaller loss.
      exports_to_keep: older ones are deleted; None keeps all.

    Raises:
      ValueError: none is to be kept, or the function takes other arguments.
    """

    def __init__(
        self,
        name: str = "best_exporter",
        serving_input_receiver_fn: Callable[[], Any] | None = None,
        event_file_pattern: str | None = "eval/*.tfevents.*",
        compare_fn: Callable[..., bool] = _loss_smaller,
        assets_extra: Any = None,
        as_text: bool = False,
        exports_to_keep: int | None = 5,
    ) -> None:
        _check_compare_fn(compare_fn)
        if exports_to_keep is not None and exports_to_keep <= 0:
            raise ValueError(
                f"`exports_to_keep`, if provided, must be a positive number. Got {exports_to_keep}"
            )
        super().__init__(name, serving_input_receiver_fn, assets_extra, as_text, exports_to_keep)
        self._compare_fn = compare_fn
        self._event_file_pattern = event_file_pattern
        self._model_dir: str | None = None
        self._best_eval_result: dict[str, Any] | None = None

    def export(
        self,
        estimator: Any,
        export_path: str,
        checkpoint_path: str,
        eval_result: Any,
        is_the_final_export: bool,
    ) -> Any:
        """Exports if the metrics are the best so far."""
        if self._model_dir != estimator.model_dir and self._event_file_pattern:
            logging.info("Loading best metric from event files.")
            self._model_dir = estimator.model_dir
            pattern = os.path.join(estimator.model_dir, self._event_file_pattern)
            self._best_eval_result = self._get_best_eval_result(pattern)
        best = self._best_eval_result
        if best is not None and not self._compare_fn(
            best_eval_result=best, current_eval_result=eval_result
        ):
            return None
        logging.info("Performing best model export.")
        self._best_eval_result = eval_result
        return self._export(estimator, export_path, checkpoint_path)

    def _get_best_eval_result(self, event_files: str | None) -> dict[str, Any] | None:
        """The best metrics in event files."""
        best = None
        for file in gfile.Glob(event_files) if event_files else ():
            for event in summary_iterator(file):
                values = event.summary.value
                found = {v.tag: v.simple_value for v in values if v.HasField("simple_value")}
                if found and (best is None or self._compare_fn(best, found)):
                    best = found
        return best
