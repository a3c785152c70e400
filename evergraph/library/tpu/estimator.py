"""Estimators that may use TPUs, without them: `tf.contrib.tpu.TPUEstimator`."""

import enum
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from evergraph.api import init_ops, variable_scope
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import logging
from evergraph.graph.defaults import device
from evergraph.graph.graph import Graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.estimator.model_fn import verify_model_fn_args
from evergraph.library.tpu.config import (
    InputPipelineConfig,
    IterationsPerLoop,
    RunConfig,
    check_positive_integer,
)
from evergraph.library.tpu.spec import TPUEstimatorSpec
from evergraph.library.train import training_util
from evergraph.library.train.saving_hooks import StepCounterHook
from evergraph.proto.framework.summary_pb2 import Summary

_RESERVED = ["batch_size", "context"]


class ExportSavedModelApiVersion(enum.Enum):
    """Who rewrites an exported model for TPUs: the Estimator, or the model function."""

    V1 = 1
    V2 = 2


class ExamplesPerSecondHook(StepCounterHook):
    """Logs and records steps and examples a second; the arguments are StepCounterHook's."""

    def __init__(
        self,
        batch_size: int | None,
        every_n_steps: int | None = 100,
        every_n_secs: float | None = None,
        output_dir: str | None = None,
        summary_writer: Any = None,
    ) -> None:
        self._batch_size = batch_size
        super().__init__(every_n_steps, every_n_secs, output_dir, summary_writer)

    def _log_and_record(self, elapsed_steps: int, elapsed_time: float, global_step: Any) -> None:
        steps = elapsed_steps / elapsed_time
        rates = {"global_step/sec": steps}
        if self._batch_size is not None:
            rates["examples/sec"] = self._batch_size * steps
        for tag, value in rates.items():
            if self._summary_writer is not None:
                summary = Summary(value=[Summary.Value(tag=tag, simple_value=value)])
                self._summary_writer.add_summary(summary, global_step)
            logging.info("%s: %g", tag, value)


@export("estimator.tpu.TPUEstimator", "contrib.tpu.TPUEstimator")
class TPUEstimator(Estimator):
    """An Estimator whose functions are told the batch size. Stands for
    `tf.contrib.tpu.TPUEstimator`.

    There are no TPUs here, so with `use_tpu` training, evaluating and predicting fail; without, the
    model runs on the CPU or GPU as in TensorFlow. Input functions must take `params`, in which they
    find `batch_size`; model functions find `use_tpu` too. The global step is a resource variable.

    Args:
      model_fn: gives a TPUEstimatorSpec or an EstimatorSpec.
      model_dir, params, warm_start_from: as of Estimator.
      config: a `tf.contrib.tpu.RunConfig`.
      use_tpu: whether to use TPUs.
      train_batch_size, eval_batch_size, predict_batch_size: sizes of batches.
      batch_axis, embedding_config_spec, export_saved_model_api_version: matter to TPUs alone.
      eval_on_tpu: False to evaluate without TPUs.
      export_to_tpu, export_to_cpu: which models an export holds; here that for CPUs alone.

    Raises:
      ValueError: `config` is of another kind, `params` hold "batch_size" or "context", or a number
        is missing.
    """

    def __init__(
        self,
        model_fn: Any = None,
        model_dir: Any = None,
        config: RunConfig | None = None,
        params: Any = None,
        use_tpu: bool = True,
        train_batch_size: int | None = None,
        eval_batch_size: int | None = None,
        predict_batch_size: int | None = None,
        batch_axis: Any = None,
        eval_on_tpu: bool = True,
        export_to_tpu: bool = True,
        export_to_cpu: bool = True,
        warm_start_from: Any = None,
        embedding_config_spec: Any = None,
        export_saved_model_api_version: Any = ExportSavedModelApiVersion.V1,
    ) -> None:
        if config is None or not isinstance(config, RunConfig):
            raise ValueError("`config` must be provided with type `tpu_config.RunConfig`")
        if params is not None and any(name in params for name in _RESERVED):
            raise ValueError(f"{_RESERVED} are reserved keys but existed in params {params}.")
        if use_tpu:
            _check_batches(config, train_batch_size, eval_batch_size, predict_batch_size)
        if not isinstance(export_saved_model_api_version, ExportSavedModelApiVersion):
            raise ValueError(
                "export_saved_model_api_version should be of type ExportSavedModelApiVersion; got "
                f"{export_saved_model_api_version}."
            )
        if not export_to_cpu:
            raise NotImplementedError("Models for TPUs alone are not exported.")
        self._counter = _log_interval(config)
        verify_model_fn_args(model_fn, params)
        super().__init__(
            self._on_cpu(model_fn),
            model_dir,
            config.replace(log_step_count_steps=None),  # the hook above counts
            params or {},
            warm_start_from,
        )
        self._use_tpu, self._eval_on_tpu = use_tpu, eval_on_tpu
        self._batch_sizes = {
            ModeKeys.TRAIN: train_batch_size,
            ModeKeys.EVAL: eval_batch_size,
            ModeKeys.PREDICT: predict_batch_size,
        }
        # An exported model is built without an input function, and not told a batch size.
        self._has_input = False
        logging.info("_TPUContext: eval_on_tpu %s", eval_on_tpu)
        if eval_on_tpu and not use_tpu:
            logging.warning("eval_on_tpu ignored because use_tpu is False.")

    def train(
        self,
        input_fn: Callable[..., Any],
        hooks: Any = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Any = None,
    ) -> Any:
        """As of Estimator."""
        with _told("training_loop"):
            return super().train(input_fn, hooks, steps, max_steps, saving_listeners)

    def evaluate(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """As of Estimator."""
        with _told("evaluation_loop"):
            return super().evaluate(input_fn, steps, hooks, checkpoint_path, name)

    def predict(
        self,
        input_fn: Callable[..., Any],
        predict_keys: Any = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """As of Estimator."""
        with _told("prediction_loop"):
            yield from super().predict(
                input_fn, predict_keys, hooks, checkpoint_path, yield_single_examples
            )
        logging.info("prediction_loop marked as finished")  # TensorFlow says it twice, too

    def _assert_members_are_not_overridden(self) -> None:
        """Nothing: this class belongs to the Estimator."""

    def _create_global_step(self, graph: Graph) -> Any:
        if training_util.get_global_step(graph) is not None:
            raise ValueError('"global_step" already exists.')
        with graph.as_default(), graph.name_scope(None):
            return variable_scope.get_variable(
                GraphKeys.GLOBAL_STEP,
                shape=[],
                dtype=dtypes.int64,
                initializer=init_ops.zeros_initializer(),
                trainable=False,
                use_resource=True,
                collections=[GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP],
            )

    def _call_input_fn(self, input_fn: Callable[..., Any], mode: str) -> Any:
        if "params" not in fn_args(input_fn):
            raise ValueError(
                f"input_fn ({input_fn}) does not include params argument, required by "
                'TPUEstimator to pass batch size as params["batch_size"]'
            )
        if self._use_tpu and (mode != ModeKeys.EVAL or self._eval_on_tpu):
            raise RuntimeError(
                "Cannot find any TPU cores in the system (master address "
                f"{self._config.master}). This usually means the master address is incorrect or "
                "the TPU worker has some problems."
            )
        self._has_input = True
        kwargs = {"params": self.params, "config": self.config, "mode": mode}
        size = self._batch_sizes[mode]
        if size is not None:
            _set(kwargs["params"], "batch_size", size)
        with device("/device:CPU:0"):
            return input_fn(**{k: v for k, v in kwargs.items() if k in fn_args(input_fn)})

    def _on_cpu(self, model_fn: Callable[..., Any]) -> Callable[..., Any]:
        """A model function that tells `model_fn` more parameters, and logs the speed."""

        def run(features: Any, labels: Any, mode: str, config: Any, params: Any) -> Any:
            has_input, self._has_input = self._has_input, False
            taken = fn_args(model_fn)
            if "params" not in taken:
                raise ValueError(
                    f"model_fn ({model_fn}) does not include params argument, required by "
                    "TPUEstimator to pass batch size as params['batch_size']"
                )
            if "labels" not in taken and labels is not None:
                raise ValueError("model_fn does not take labels, but input_fn returns labels.")
            size = self._batch_sizes.get(mode) if has_input else None
            if size is not None:
                _set(params, "batch_size", size)
            _set(params, "use_tpu", False)
            kwargs = {"labels": labels, "mode": mode, "config": config, "params": params}
            logging.info("Running %s on CPU", mode)
            spec = model_fn(features, **{k: v for k, v in kwargs.items() if k in taken})
            if isinstance(spec, TPUEstimatorSpec):
                spec = spec.as_estimator_spec()
            if self._counter is None:
                return spec
            return spec._replace(
                training_hooks=(*spec.training_hooks, self._counting(mode, config))
            )

        return run

    def _counting(self, mode: str, config: Any) -> ExamplesPerSecondHook:
        steps, seconds = self._counter  # type: ignore[misc]
        return ExamplesPerSecondHook(
            self._batch_sizes.get(mode),
            every_n_steps=steps,
            every_n_secs=seconds,
            output_dir=self.model_dir if not config or config.save_summary_steps else None,
        )


def _set(params: Any, name: str, value: Any) -> None:
    if not hasattr(params, "set_hparam"):
        params[name] = value
    elif name in params:
        params.set_hparam(name, value)
    else:
        params.add_hparam(name, value)


def _check_batches(config: RunConfig, train: Any, evaluate: Any, predict: Any) -> None:
    if train is None:
        raise ValueError("`train_batch_size` cannot be `None`")
    check_positive_integer(train, "train_batch_size")
    settings = config.tpu_config
    sharded = settings.per_host_input_for_training is InputPipelineConfig.PER_SHARD_V1
    if sharded and settings.num_cores_per_replica:
        raise ValueError(
            "Model parallelism only supports per host input for training. Please adjust "
            "TPURunconfig.per_host_input_for_training."
        )
    for name, size in (("eval_batch_size", evaluate), ("predict_batch_size", predict)):
        if size is not None:
            check_positive_integer(size, name)


def _log_interval(config: RunConfig) -> tuple[int | None, int | None] | None:
    """After how many steps or seconds the speed is logged; None for never."""
    loop = IterationsPerLoop.parse(config.tpu_config.iterations_per_loop)
    if loop.unit == "seconds":
        return None, loop.value
    steps = config.log_step_count_steps
    return None if steps is None else (math.ceil(steps / loop.value), None)


@contextmanager
def _told(loop: str) -> Iterator[None]:
    """Logs the end of a loop, and the error that ended it."""
    failed = False
    try:
        yield
    except Exception as error:
        failed = True
        logging.error("Error recorded from %s: %s", loop, error)
        raise
    finally:
        logging.info("%s marked as finished", loop)
        if failed:
            logging.warning("Reraising captured error")
