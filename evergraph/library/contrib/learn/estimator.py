"""Models that are trained, evaluated and asked, as before `tf.estimator`."""

import abc
import collections
import copy
import os.path
import tempfile
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import grouping, resources, variables
from evergraph.api.random_seed import set_random_seed
from evergraph.base import tf_inspect
from evergraph.base.decorator import unwrap
from evergraph.base.deprecation import deprecated, deprecated_args
from evergraph.base.export import export
from evergraph.base.platform import gfile, logging
from evergraph.engine.session import Session
from evergraph.graph.composite import SparseTensorValue
from evergraph.graph.defaults import add_to_collection, get_collection
from evergraph.graph.graph import Graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.learn import (
    export_utils,
    input_args,
    metric_ops,
    tensor_signature,
)
from evergraph.library.contrib.learn.interfaces import Evaluable, Trainable
from evergraph.library.contrib.learn.keys import (
    COLLECTION_DEF_KEY_FOR_INPUT_FEATURE_KEYS,
    MetricKey,
)
from evergraph.library.contrib.learn.model_fn import ModeKeys, ModelFnOps
from evergraph.library.contrib.learn.monitors import replace_monitors_with_hooks
from evergraph.library.contrib.learn.run_config import RunConfig
from evergraph.library.contrib.learn.sk_compat import SKCompat
from evergraph.library.contrib.learn.sklearn_base import BaseEstimator as SklearnEstimator
from evergraph.library.contrib.learn.sklearn_base import NotFittedError
from evergraph.library.estimator import eval_summaries
from evergraph.library.estimator.estimator_checks import saved_global_step
from evergraph.library.lookup import base as lookup
from evergraph.library.metrics.means import mean
from evergraph.library.saved_model import tag_constants
from evergraph.library.saved_model.builder_impl import SavedModelBuilder
from evergraph.library.saved_model.export_utils import (
    get_temp_export_dir,
    get_timestamped_export_dir,
)
from evergraph.library.train import evaluation, monitored_session, training_util
from evergraph.library.train.basic_session_run_hooks import (
    FeedFnHook,
    LoggingTensorHook,
    NanTensorHook,
    StopAtStepHook,
)
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.checkpoint_utils import list_variables, load_variable
from evergraph.library.train.device_setter import replica_device_setter
from evergraph.library.train.saver import Saver
from evergraph.library.train.saving_hooks import CheckpointSaverHook
from evergraph.library.train.scaffold import Scaffold
from evergraph.proto.protobuf.config_pb2 import ConfigProto

AS_ITERABLE_DATE = "2016-09-15"
AS_ITERABLE_INSTRUCTIONS = (
    "The default behavior of predict() is changing. The default value for\n"
    "as_iterable will change to True, and then the flag will be removed\n"
    "altogether. The behavior of this flag is described below."
)
SCIKIT_DECOUPLE_DATE = "2016-12-01"
SCIKIT_DECOUPLE_INSTRUCTIONS = (
    "Estimator is decoupled from Scikit Learn interface by moving into\n"
    "separate class SKCompat. Arguments x, y and batch_size are only\n"
    "available in the SKCompat class, Estimator will only accept input_fn.\n"
    "Example conversion:\n"
    "  est = Estimator(...) -> est = SKCompat(Estimator(...))"
)
_ARRAYS = (("x", None), ("y", None), ("batch_size", None))

GraphRewriteSpec = collections.namedtuple("GraphRewriteSpec", ["tags", "transforms"])
_AS_IT_IS = (GraphRewriteSpec((tag_constants.SERVING,), ()),)

# Variables of these kinds are put on parameter servers.
_PS_OPS = [
    "Variable",
    "VariableV2",
    "AutoReloadVariable",
    "MutableHashTable",
    "MutableHashTableV2",
    "MutableHashTableOfTensors",
    "MutableHashTableOfTensorsV2",
    "MutableDenseHashTable",
    "MutableDenseHashTableV2",
    "VarHandleOp",
]


def _model_fn_args(fn: Any) -> tuple[str, ...]:
    """Names of arguments, but for those that a partial function has already."""
    _, fn = unwrap(fn)
    if hasattr(fn, "func") and hasattr(fn, "keywords") and hasattr(fn, "args"):
        args = tf_inspect.getargspec(fn.func).args[len(fn.args) :]
        return tuple(arg for arg in args if arg not in fn.keywords)
    return tuple(tf_inspect.getargspec(fn).args)


def _get_replica_device_setter(config: Any) -> Any:
    if config.num_ps_replicas <= 0:
        return None
    task = f"/job:{config.task_type}/task:{config.task_id}" if config.task_type else "/job:worker"
    return replica_device_setter(
        ps_tasks=config.num_ps_replicas,
        worker_device=task,
        merge_devices=True,
        ps_ops=_PS_OPS,
        cluster=config.cluster_spec,
    )


@export("contrib.learn.BaseEstimator")
class BaseEstimator(SklearnEstimator, Evaluable, Trainable):
    """A model; subclasses build its graph. Stands for `tf.contrib.learn.BaseEstimator`.

    Args:
      model_dir: the folder of checkpoints and events; default: the configuration's, or else a
        temporary one.
      config: a RunConfig.

    Raises:
      ValueError: the configuration has another folder.
    """

    _Config = RunConfig

    @deprecated(
        None,
        "Please replace uses of any Estimator from tf.contrib.learn with an Estimator from "
        "tf.estimator.*",
    )
    def __init__(self, model_dir: str | None = None, config: Any = None) -> None:
        if config is None:
            config = BaseEstimator._Config()
            logging.info("Using default config.")
        self._session_config = config.session_config
        if self._session_config is None:
            self._session_config = ConfigProto(allow_soft_placement=True)
        if model_dir is not None and config.model_dir not in (None, model_dir):
            raise ValueError(
                "model_dir are set both in constructor and RunConfig, but with different values. "
                f"In constructor: '{model_dir}', in RunConfig: '{config.model_dir}' "
            )
        self._model_dir = model_dir or config.model_dir
        if self._model_dir is None:
            self._model_dir = tempfile.mkdtemp()
            logging.warning("Using temporary folder as model directory: %s", self._model_dir)
        if config.model_dir is None:
            config = config.replace(model_dir=self._model_dir)
        self._config = config
        logging.info("Using config: %s", str(vars(config)))
        self._device_fn = _get_replica_device_setter(config)
        self._features_info: Any = None
        self._labels_info: Any = None
        self._graph: Graph | None = None

    @property
    def config(self) -> Any:
        """A copy of the configuration."""
        return copy.deepcopy(self._config)

    @property
    def model_dir(self) -> str:
        """The folder of checkpoints and events."""
        return str(self._model_dir)

    @property
    def model_fn(self) -> Callable[..., Any]:
        """The model function, with all of `features, labels, mode, config`."""

        def public_model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            return self._call_model_fn(features, labels, mode, config=config)  # type: ignore[attr-defined]

        return public_model_fn

    @deprecated_args(SCIKIT_DECOUPLE_DATE, SCIKIT_DECOUPLE_INSTRUCTIONS, *_ARRAYS)
    def fit(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Any = None,
        steps: int | None = None,
        batch_size: int | None = None,
        monitors: Any = None,
        max_steps: int | None = None,
    ) -> "BaseEstimator":
        """Trains the model, from the latest checkpoint on.

        Args:
          x, y, batch_size: arrays, as of SKCompat, in place of `input_fn`.
          input_fn: gives features and labels.
          steps: how many steps to train; default: until the input ends.
          monitors: monitors and hooks.
          max_steps: the global step at which to stop; only one of the two.

        Raises:
          ValueError: arguments do not go together.
        """
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        input_args.verify_input_args(x, y, input_fn, None, batch_size)
        if x is not None:
            SKCompat(self).fit(x, y, batch_size, steps, max_steps, monitors)
            return self
        if max_steps is not None and max_steps <= saved_global_step(self._model_dir):
            logging.info("Skipping training since max_steps has already saved.")
            return self
        hooks = replace_monitors_with_hooks(monitors, self)
        if steps is not None or max_steps is not None:
            hooks.append(StopAtStepHook(steps, max_steps))
        loss = self._train_model(input_fn=input_fn, hooks=hooks)
        logging.info("Loss for final step: %s.", loss)
        return self

    @deprecated_args(SCIKIT_DECOUPLE_DATE, SCIKIT_DECOUPLE_INSTRUCTIONS, *_ARRAYS)
    def partial_fit(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Any = None,
        steps: int | None = 1,
        batch_size: int | None = None,
        monitors: Any = None,
    ) -> "BaseEstimator":
        """Trains the model for one step by default; as `fit`."""
        logging.warning(
            "The current implementation of partial_fit is not optimized for use in a loop. "
            "Consider using fit() instead."
        )
        return self.fit(x, y, input_fn, steps, batch_size, monitors)

    @deprecated_args(SCIKIT_DECOUPLE_DATE, SCIKIT_DECOUPLE_INSTRUCTIONS, *_ARRAYS)
    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        input_fn: Any = None,
        feed_fn: Any = None,
        batch_size: int | None = None,
        steps: int | None = None,
        metrics: Any = None,
        name: str | None = None,
        checkpoint_path: str | None = None,
        hooks: Any = None,
        log_progress: bool = True,
    ) -> Any:
        """Evaluates the model; gives metrics by name, with `loss` and `global_step`.

        Args:
          x, y, batch_size: arrays, as of SKCompat, in place of `input_fn`.
          input_fn: gives features and labels.
          feed_fn: gives what to feed in each run.
          steps: how many batches; default: until the input ends.
          metrics: a dict of names to MetricSpecs, more than the model's own.
          name: puts the events into another folder.
          checkpoint_path: a checkpoint; default: the latest one.
          hooks: SessionRunHooks.
          log_progress: whether the number of batches done is logged.

        Raises:
          ValueError: arguments do not go together.
          NotFittedError: there is no checkpoint.
        """
        input_args.verify_input_args(x, y, input_fn, feed_fn, batch_size)
        if x is not None:
            return SKCompat(self).score(x, y, batch_size, steps, metrics, name)
        if metrics is not None and not isinstance(metrics, dict):
            raise ValueError(f"Metrics argument should be None or dict. Got {metrics}.")
        results, global_step = self._evaluate_model(
            input_fn, steps, feed_fn, metrics, name, checkpoint_path, hooks, log_progress
        )
        return {**results, "global_step": global_step}

    @deprecated_args(
        SCIKIT_DECOUPLE_DATE,
        SCIKIT_DECOUPLE_INSTRUCTIONS,
        ("x", None),
        ("batch_size", None),
        ("as_iterable", True),
    )
    def predict(
        self,
        x: Any = None,
        input_fn: Any = None,
        batch_size: int | None = None,
        outputs: Any = None,
        as_iterable: bool = True,
        iterate_batches: bool = False,
    ) -> Any:
        """Gives predictions.

        Args:
          x, batch_size: arrays, as of SKCompat, in place of `input_fn`.
          input_fn: gives features, or features and labels, which are left out.
          outputs: the names of those wanted; default: all.
          as_iterable: whether they come one by one, until the input ends; else those of one run.
          iterate_batches: whether they come batch by batch.

        Raises:
          ValueError: arguments do not go together.
          NotFittedError: there is no checkpoint.
        """
        input_args.verify_input_args(x, None, input_fn, None, batch_size)
        if x is not None and not as_iterable:
            return SKCompat(self).predict(x, batch_size)
        input_fn, feed_fn = input_args.get_input_fn(x, None, input_fn, None, batch_size)
        return self._infer_model(input_fn, feed_fn, outputs, as_iterable, iterate_batches)

    def get_variable_value(self, name: str) -> Any:
        """A variable's value in the latest checkpoint."""
        return load_variable(self.model_dir, name)

    def get_variable_names(self) -> list[str]:
        """The names in the latest checkpoint."""
        return [name for name, _ in list_variables(self.model_dir)]

    @abc.abstractmethod
    def _get_train_ops(self, features: Any, labels: Any) -> Any:
        """The ModelFnOps to train with."""

    @abc.abstractmethod
    def _get_predict_ops(self, features: Any) -> Any:
        """The ModelFnOps to predict with."""

    def _get_eval_ops(self, features: Any, labels: Any, metrics: Any) -> Any:
        """The ModelFnOps to evaluate with."""
        raise NotImplementedError("_get_eval_ops not implemented in BaseEstimator")

    @deprecated(
        "2016-09-23",
        "The signature of the input_fn accepted by export is changing to be consistent with what's "
        "used by tf.Learn Estimator's train/evaluate, which makes this function useless. This will "
        "be removed after the deprecation date.",
    )
    def _get_feature_ops_from_example(self, examples_batch: Any) -> Any:
        if self._features_info is None:
            raise ValueError("Features information missing, was fit() ever called?")
        return tensor_signature.create_example_parser_from_signatures(
            self._features_info, examples_batch
        )

    def _check_inputs(self, features: Any, labels: Any) -> None:
        """Keeps the types and shapes of the first features and labels; later ones must fit."""
        self._features_info = _checked_signatures("Features", features, self._features_info)
        if labels is not None:
            self._labels_info = _checked_signatures("Labels", labels, self._labels_info)

    def _extract_metric_update_ops(self, eval_dict: dict[str, Any]) -> Any:
        return metric_ops.extract_metric_update_ops(eval_dict)

    def _checkpoint(self) -> str:
        path = latest_checkpoint(self._model_dir)
        if not path:
            raise NotFittedError(f"Couldn't find trained model at {self._model_dir}.")
        return path

    def _evaluate_model(
        self,
        input_fn: Any,
        steps: int | None,
        feed_fn: Any = None,
        metrics: Any = None,
        name: str | None = "",
        checkpoint_path: str | None = None,
        hooks: Any = None,
        log_progress: bool = True,
    ) -> tuple[Any, Any]:
        checkpoint_path = checkpoint_path or self._checkpoint()
        with Graph().as_default() as graph:
            set_random_seed(self._config.tf_random_seed)
            global_step = training_util.create_global_step(graph)
            features, labels = input_fn()
            self._check_inputs(features, labels)
            ops = self._get_eval_ops(features, labels, metrics)
            update_op, values = self._extract_metric_update_ops(ops.eval_metric_ops)
            hooks = list(hooks or [])
            if feed_fn:
                hooks.append(FeedFnHook(feed_fn))
            if steps == 0:
                logging.warning(
                    "evaluation steps are 0. If `input_fn` does not raise `OutOfRangeError`, the "
                    "evaluation will never stop. Use steps=None if intended."
                )
            if steps:
                hooks.append(evaluation._StopAfterNEvalsHook(steps, log_progress=log_progress))
            step_key = "global_step"
            while step_key in values:
                step_key = "_" + step_key
            values[step_key] = global_step
            results = evaluation._evaluate_once(
                checkpoint_path=checkpoint_path,
                master=self._config.evaluation_master,
                scaffold=ops.scaffold,
                eval_ops=update_op,
                final_ops=values,
                hooks=hooks,
                config=self._session_config,
            )
            folder = os.path.join(self._model_dir, f"eval_{name}" if name else "eval")
            eval_summaries.write_results(folder, results, results[step_key])
        return results, results[step_key]

    def _infer_model(
        self,
        input_fn: Any,
        feed_fn: Any = None,
        outputs: Any = None,
        as_iterable: bool = True,
        iterate_batches: bool = False,
    ) -> Any:
        checkpoint_path = self._checkpoint()
        with Graph().as_default() as graph:
            set_random_seed(self._config.tf_random_seed)
            training_util.create_global_step(graph)
            given = input_fn()
            features = given[0] if isinstance(given, (list, tuple)) else given
            ops = self._get_predict_ops(features)
            predictions = _chosen(ops.predictions, outputs)
            session = monitored_session.MonitoredSession(
                monitored_session.ChiefSessionCreator(
                    checkpoint_filename_with_path=checkpoint_path,
                    scaffold=ops.scaffold,
                    config=self._session_config,
                )
            )
            if as_iterable:
                return self._predict_generator(session, predictions, feed_fn, iterate_batches)
            with session:
                if not session.should_stop():
                    return session.run(predictions, feed_fn() if feed_fn else None)
        return None

    def _predict_generator(
        self, session: Any, predictions: Any, feed_fn: Any, iterate_batches: bool
    ) -> Iterator[Any]:
        with session:
            # Without queues and feeding the input is constant: there is one batch.
            queues = session.graph.get_collection(GraphKeys.QUEUE_RUNNERS)
            while not session.should_stop():
                # The session takes the StopIteration of `feed_fn` for the input's end.
                found = session.run(predictions, feed_fn() if feed_fn else None)
                if iterate_batches:
                    yield found
                elif isinstance(predictions, dict):
                    first = next(iter(found.values()))
                    sparse = isinstance(first, SparseTensorValue)
                    for i in range(first.dense_shape[0] if sparse else len(first)):
                        yield {key: value[i] for key, value in found.items()}
                else:
                    yield from found
                if not queues and feed_fn is None:
                    return

    def _train_model(self, input_fn: Any, hooks: list[Any]) -> Any:
        self._graph = Graph()
        with self._graph.as_default() as graph, graph.device(self._device_fn):
            set_random_seed(self._config.tf_random_seed)
            global_step = training_util.create_global_step(graph)
            features, labels = input_fn()
            self._check_inputs(features, labels)
            training_util._get_or_create_global_step_read()
            ops = self._get_train_ops(features, labels)
            add_to_collection(GraphKeys.LOSSES, ops.loss)
            logged = {"loss": ops.loss, "step": global_step}
            hooks = [
                *hooks,
                NanTensorHook(ops.loss),
                LoggingTensorHook(logged, every_n_iter=100),
                *ops.training_hooks,
            ]
            scaffold = ops.scaffold or Scaffold()
            self._add_saver(scaffold)
            chief_hooks = self._saving_hooks(scaffold, [*hooks, *ops.training_chief_hooks])
            return self._train_loop(ops, scaffold, hooks, chief_hooks)

    def _add_saver(self, scaffold: Any) -> None:
        if not (scaffold.saver or get_collection(GraphKeys.SAVERS)):
            saver = Saver(
                sharded=True,
                max_to_keep=self._config.keep_checkpoint_max,
                keep_checkpoint_every_n_hours=self._config.keep_checkpoint_every_n_hours,
                defer_build=True,
                save_relative_paths=True,
            )
            add_to_collection(GraphKeys.SAVERS, saver)

    def _saving_hooks(self, scaffold: Any, hooks: list[Any]) -> list[Any]:
        """A hook that saves, unless one does already, or nothing is to be saved."""
        config = self._config
        if any(isinstance(hook, CheckpointSaverHook) for hook in hooks):
            return []
        if not (config.save_checkpoints_secs or config.save_checkpoints_steps):
            return []
        return [
            CheckpointSaverHook(
                self._model_dir,
                save_secs=config.save_checkpoints_secs,
                save_steps=config.save_checkpoints_steps,
                scaffold=scaffold,
            )
        ]

    def _train_loop(self, ops: Any, scaffold: Any, hooks: list[Any], chief_hooks: Any) -> Any:
        config = self._config
        with monitored_session.MonitoredTrainingSession(
            master=config.master,
            is_chief=config.is_chief,
            checkpoint_dir=self._model_dir,
            scaffold=scaffold,
            hooks=hooks,
            chief_only_hooks=chief_hooks + ops.training_chief_hooks,
            save_checkpoint_secs=0,  # a hook does that
            save_summaries_steps=config.save_summary_steps,
            max_wait_secs=config.session_creation_timeout_secs,
            config=self._session_config,
        ) as session:
            loss = None
            while not session.should_stop():
                _, loss = session.run([ops.train_op, ops.loss])
        return loss


def _checked_signatures(what: str, tensors: Any, known: Any) -> Any:
    """The signatures of tensors; those `known`, which the tensors must fit."""
    if known is None:
        return tensor_signature.create_signatures(tensors)
    if not tensor_signature.tensors_compatible(tensors, known):
        raise ValueError(
            f"{what} are incompatible with given information. Given {what.lower()}: {tensors}, "
            f"required signatures: {known}."
        )
    return known


def _chosen(predictions: Any, outputs: Any) -> Any:
    if not outputs:
        return predictions
    if not isinstance(predictions, dict):
        raise ValueError("outputs argument is not valid in case of non-dict predictions.")
    chosen = {key: value for key, value in predictions.items() if key in outputs}
    if not chosen:
        raise ValueError(
            f"Expected to run at least one output from {predictions.keys()}, provided {outputs}."
        )
    return chosen


@export("contrib.learn.Estimator")
class Estimator(BaseEstimator):
    """A model made by a function. Stands for `tf.contrib.learn.Estimator`.

    Args:
      model_fn: takes `features` and `labels` and, if it likes, `mode`, `params`, `config` and
        `model_dir`; gives ModelFnOps, or predictions, loss and train op.
      model_dir: the folder of checkpoints and events; default: the configuration's, or else a
        temporary one.
      config: a RunConfig.
      params: what `model_fn` gets as `params`.
      feature_engineering_fn: changes features and labels before the model sees them.

    Raises:
      ValueError: there are `params` which `model_fn` does not take.
    """

    def __init__(
        self,
        model_fn: Callable[..., Any] | None = None,
        model_dir: str | None = None,
        config: Any = None,
        params: Any = None,
        feature_engineering_fn: Any = None,
    ) -> None:
        super().__init__(model_dir=model_dir, config=config)
        takes_params = model_fn is not None and "params" in _model_fn_args(model_fn)
        if model_fn is not None and params is not None and not takes_params:
            raise ValueError(
                f"Estimator's model_fn ({model_fn}) does not have a params argument, but params "
                f"({params}) were passed to the Estimator's constructor."
            )
        if takes_params and params is None:
            logging.warning(
                "Estimator's model_fn (%s) includes params argument, but params are not passed to "
                "Estimator.",
                model_fn,
            )
        self._model_fn = model_fn
        self.params = params
        self._feature_engineering_fn = feature_engineering_fn or (lambda *args: args)

    def _call_model_fn(
        self, features: Any, labels: Any, mode: str, metrics: Any = None, config: Any = None
    ) -> ModelFnOps:
        features, labels = self._feature_engineering_fn(features, labels)
        offered = {
            "mode": mode,
            "params": self.params,
            "config": config or self.config,
            "model_dir": self.model_dir,
        }
        assert self._model_fn is not None
        taken = _model_fn_args(self._model_fn)
        given = self._model_fn(
            features, labels, **{name: value for name, value in offered.items() if name in taken}
        )
        if not isinstance(given, ModelFnOps):
            if len(given) != 3:
                raise ValueError(
                    "Unrecognized value returned by model_fn, please return ModelFnOps."
                )
            given = ModelFnOps(mode, *given)
        if metrics:
            given.eval_metric_ops.update(
                metric_ops.make_metrics_ops(metrics, features, labels, given.predictions)
            )
        return given

    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_fn: Any,
        default_output_alternative_key: str | None = None,
        assets_extra: Any = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        graph_rewrite_specs: Any = _AS_IT_IS,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """Writes a SavedModel to a new folder, named after the time; gives its path.

        Args:
          export_dir_base: where the folder is made.
          serving_input_fn: gives InputFnOps.
          default_output_alternative_key: which of several heads is the default.
          assets_extra: files to copy, by their paths in `assets.extra`.
          as_text: whether the SavedModel is written as text.
          checkpoint_path: the checkpoint; default: the latest one.
          graph_rewrite_specs: one GraphRewriteSpec with the tags, and no transforms.
          strip_default_attrs: whether attrs that have their defaults are left out of nodes.

        Raises:
          ValueError: there is no `serving_input_fn`, or the first spec has transforms.
          NotFittedError: there is no checkpoint.
          NotImplementedError: there are more specs.
        """
        if serving_input_fn is None:
            raise ValueError("serving_input_fn must be defined.")
        checkpoint_path = checkpoint_path or self._checkpoint()
        export_dir = get_timestamped_export_dir(export_dir_base)
        temporary = get_temp_export_dir(export_dir)
        builder = SavedModelBuilder(temporary)
        with Graph().as_default() as graph:
            training_util.create_global_step(graph)
            given = serving_input_fn()
            inputs, features = export_utils.get_input_alternatives(given)
            for name in given.features:
                add_to_collection(COLLECTION_DEF_KEY_FOR_INPUT_FEATURE_KEYS, name)
            ops = self._call_model_fn(features, None, ModeKeys.INFER)
            outputs, default = export_utils.get_output_alternatives(
                ops, default_output_alternative_key
            )
            init_op = grouping.group(
                variables.local_variables_initializer(),
                resources.initialize_resources(resources.shared_resources()),
                lookup.tables_initializer(),
            )
            signatures = export_utils.build_all_signature_defs(inputs, outputs, default)
            with Session("") as session:
                saver = ops.scaffold.saver if ops.scaffold is not None else None
                saver = saver or Saver(variables._all_saveable_objects(), sharded=True)
                saver.restore(session, checkpoint_path)
                if not graph_rewrite_specs or graph_rewrite_specs[0].transforms:
                    raise ValueError(
                        "The first element of graph_rewrite_specs must specify no transforms."
                    )
                if len(graph_rewrite_specs) > 1:
                    raise NotImplementedError("Exported graphs are not transformed.")
                builder.add_meta_graph_and_variables(
                    session,
                    graph_rewrite_specs[0].tags,
                    signature_def_map=signatures,
                    assets_collection=get_collection(GraphKeys.ASSET_FILEPATHS),
                    main_op=init_op,
                    strip_default_attrs=strip_default_attrs,
                )
        export_utils.copy_assets_extra(assets_extra, temporary)
        builder.save(as_text)
        gfile.Rename(temporary, export_dir)
        return export_dir

    def _get_train_ops(self, features: Any, labels: Any) -> ModelFnOps:
        return self._call_model_fn(features, labels, ModeKeys.TRAIN)

    def _get_eval_ops(self, features: Any, labels: Any, metrics: Any) -> ModelFnOps:
        ops = self._call_model_fn(features, labels, ModeKeys.EVAL, metrics)
        if MetricKey.LOSS not in ops.eval_metric_ops:
            ops.eval_metric_ops[MetricKey.LOSS] = mean(ops.loss)
        return ops

    def _get_predict_ops(self, features: Any) -> ModelFnOps:
        labels = tensor_signature.create_placeholders_from_signatures(self._labels_info)
        return self._call_model_fn(features, labels, ModeKeys.INFER)
