"""Models that are trained, evaluated and asked: `tf.estimator.Estimator`."""

import copy
import os.path
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import grouping
from evergraph.api.random_seed import set_random_seed
from evergraph.base.deprecation import deprecated
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import logging
from evergraph.graph.defaults import add_to_collection, device
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.estimator import distributed, eval_summaries, saved_models, util
from evergraph.library.estimator import estimator_checks as checks
from evergraph.library.estimator import model_fn as model_fn_lib
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.estimator.run_config import RunConfig, TaskType
from evergraph.library.estimator.training_session import train_with_spec
from evergraph.library.estimator.warm_start_settings import (
    VocabInfo,
    WarmStartSettings,
    _get_default_warm_start_settings,
)
from evergraph.library.metrics.means import mean
from evergraph.library.train import evaluation, monitored_session, training_util
from evergraph.library.train.basic_session_run_hooks import StopAtStepHook
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.checkpoint_utils import list_variables, load_variable
from evergraph.library.train.scaffold import Scaffold
from evergraph.library.train.warm_starting_util import warm_start

__all__ = ["Estimator", "VocabInfo", "WarmStartSettings"]


@export("estimator.Estimator")
class Estimator:
    """A model made by a function. Stands for `tf.estimator.Estimator`.

    Each call of `train`, `evaluate` and `predict` builds a graph of its own; what stays is in the
    checkpoints of `model_dir`.

    Args:
      model_fn: takes `features` and, if it likes, `labels`, `mode`, `params` and `config`; gives an
        EstimatorSpec.
      model_dir: the folder of checkpoints and events; default: the configuration's, or else a
        temporary one.
      config: a RunConfig.
      params: what `model_fn` and input functions get as `params`.
      warm_start_from: a checkpoint, a folder of them, a SavedModel or WarmStartSettings, whose
        values variables begin with where there is no checkpoint yet.

    Raises:
      ValueError: an argument does not fit, or a subclass overrides methods.
    """

    def __init__(
        self,
        model_fn: Callable[..., Any],
        model_dir: Any = None,
        config: RunConfig | None = None,
        params: Any = None,
        warm_start_from: Any = None,
    ) -> None:
        self._assert_members_are_not_overridden()
        self._config = checks.complete_config(config, model_dir)
        self._model_dir = self._config.model_dir
        self._session_config = self._config.session_config
        logging.info("Using config: %s", str(vars(self._config)))
        self._device_fn = self._config.device_fn or checks.replica_device_function(self._config)
        if model_fn is None:
            raise ValueError("model_fn must be provided to Estimator.")
        model_fn_lib.verify_model_fn_args(model_fn, params)
        self._model_fn = model_fn
        self._params = copy.deepcopy(params or {})
        self._warm_start_settings = _get_default_warm_start_settings(warm_start_from)

    @property
    def model_dir(self) -> str:
        """The folder of checkpoints and events."""
        return str(self._model_dir)

    @property
    def config(self) -> RunConfig:
        """A copy of the configuration."""
        return copy.deepcopy(self._config)

    @property
    def params(self) -> Any:
        """A copy of the parameters."""
        return copy.deepcopy(self._params)

    @property
    def model_fn(self) -> Callable[..., Any]:
        """The model function, with all of `features, labels, mode, config`."""

        def public_model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            return self._call_model_fn(features, labels, mode, config)

        return public_model_fn

    def get_variable_value(self, name: str) -> Any:
        """A variable's value in the latest checkpoint. Raises ValueError: there is none."""
        checks.check_checkpoint_available(self.model_dir)
        return load_variable(self.model_dir, name)

    def get_variable_names(self) -> list[str]:
        """The names in the latest checkpoint. Raises ValueError: there is none."""
        checks.check_checkpoint_available(self.model_dir)
        return [name for name, _ in list_variables(self.model_dir)]

    def latest_checkpoint(self) -> str | None:
        """The path of the latest checkpoint, or None."""
        return latest_checkpoint(self.model_dir)

    def eval_dir(self, name: str | None = None) -> str:
        """The folder of the events of evaluations of this name."""
        return os.path.join(self._model_dir, f"eval_{name}" if name else "eval")

    def train(
        self,
        input_fn: Callable[..., Any],
        hooks: Any = None,
        steps: int | None = None,
        max_steps: int | None = None,
        saving_listeners: Any = None,
    ) -> "Estimator":
        """Trains the model, from the latest checkpoint on.

        Args:
          input_fn: gives features and labels, or a Dataset of them. It may take `mode`, `params`
            and `config`.
          hooks: SessionRunHooks.
          steps: how many steps to train; default: until the input ends.
          max_steps: the global step at which to stop; only one of the two.
          saving_listeners: CheckpointSaverListeners.

        Returns:
          The Estimator.

        Raises:
          ValueError: both or impossible numbers of steps, or something is missing.
        """
        if self._config.task_type in (TaskType.EVALUATOR, TaskType.PS):
            raise ValueError(
                "Train has been called wrong configuration. Please use "
                "tf.estimator.train_and_evaluate which calls proper API according to given "
                f"configuration. Current configuration: {self.config}."
            )
        if steps is not None and max_steps is not None:
            raise ValueError("Can not provide both steps and max_steps.")
        if steps is not None and steps <= 0:
            raise ValueError(f"Must specify steps > 0, given: {steps}")
        if max_steps is not None and max_steps <= 0:
            raise ValueError(f"Must specify max_steps > 0, given: {max_steps}")
        if max_steps is not None and max_steps <= checks.saved_global_step(self._model_dir):
            logging.info("Skipping training since max_steps has already saved.")
            return self
        hooks = checks.checked_hooks(hooks)
        if steps is not None or max_steps is not None:
            hooks.append(StopAtStepHook(steps, max_steps))
        loss = self._train_model(input_fn, hooks, checks.checked_listeners(saving_listeners))
        logging.info("Loss for final step: %s.", loss)
        return self

    def evaluate(
        self,
        input_fn: Callable[..., Any],
        steps: int | None = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        name: str | None = None,
    ) -> dict[str, Any]:
        """Evaluates the model.

        Args:
          input_fn: as of `train`.
          steps: how many batches; default: until the input ends.
          hooks: SessionRunHooks.
          checkpoint_path: a checkpoint; default: the latest one, or without one the initial values.
          name: puts the events into another folder, `eval_dir(name)`.

        Returns:
          The metrics by name, with `loss` (the mean over batches) and `global_step`.

        Raises:
          ValueError: `steps` is not positive, or a metric has one of these names.
        """
        hooks = checks.checked_hooks(hooks)
        hooks.extend(self._convert_eval_steps_to_hooks(steps))
        checkpoint_path = self._checkpoint_to_use(checkpoint_path, "evaluate")
        with Graph().as_default():
            built = self._evaluate_build_graph(input_fn, hooks, checkpoint_path)
            return self._evaluate_run(checkpoint_path, *built, self.eval_dir(name))

    def predict(
        self,
        input_fn: Callable[..., Any],
        predict_keys: Any = None,
        hooks: Any = None,
        checkpoint_path: str | None = None,
        yield_single_examples: bool = True,
    ) -> Iterator[Any]:
        """Gives predictions, one after the other, until the input ends.

        Args:
          input_fn: gives features, or a Dataset of them; labels are left out.
          predict_keys: the names of those wanted; default: all.
          hooks: SessionRunHooks.
          checkpoint_path: as of `evaluate`.
          yield_single_examples: False for whole batches.

        Raises:
          ValueError: `predict_keys` do not fit, or predictions are of different numbers of
            examples.
        """
        hooks = checks.checked_hooks(hooks)
        checkpoint_path = self._checkpoint_to_use(checkpoint_path, "predict")
        with Graph().as_default() as graph:
            set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(graph)
            features, _, input_hooks = util.parse_input_fn_result(
                self._call_input_fn(input_fn, ModeKeys.PREDICT)
            )
            checks.warn_of_endless_input(features)
            spec = self._call_model_fn(features, None, ModeKeys.PREDICT, self.config)
            self._maybe_warm_start(checkpoint_path)
            predictions = checks.chosen_predictions(spec.predictions, predict_keys)
            creator = monitored_session.ChiefSessionCreator(
                checkpoint_filename_with_path=checkpoint_path,
                master=self._config.master,
                scaffold=spec.scaffold,
                config=self._session_config,
            )
            hooks = [*input_hooks, *hooks, *spec.prediction_hooks]
            with monitored_session.MonitoredSession(creator, hooks) as session:
                while not session.should_stop():
                    found = session.run(predictions)
                    if not yield_single_examples:
                        yield found
                    elif isinstance(found, dict):
                        for i in range(checks.batch_length(found)):
                            yield {key: value[i] for key, value in found.items()}
                    else:
                        yield from found

    def export_saved_model(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: dict[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        experimental_mode: str = ModeKeys.PREDICT,
    ) -> bytes:
        """Exports the model as a SavedModel.

        Args:
          export_dir_base: the folder in which a new one, named after the time, is made.
          serving_input_receiver_fn: gives a ServingInputReceiver.
          assets_extra: files to put into `assets.extra`: where to, and where from.
          as_text: whether the graph is written as text.
          checkpoint_path: default: the latest.
          experimental_mode: the mode of the exported graph.

        Returns:
          The folder's path.

        Raises:
          ValueError: there is no function, no checkpoint, or nothing to export.
        """
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        functions = {experimental_mode: serving_input_receiver_fn}
        return self._export_all_saved_models(
            export_dir_base, functions, assets_extra, as_text, checkpoint_path
        )

    def experimental_export_all_saved_models(
        self,
        export_dir_base: Any,
        input_receiver_fn_map: dict[str, Any],
        assets_extra: dict[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
    ) -> bytes:
        """As `export_saved_model`, with the graphs of several modes, whose input functions
        `input_receiver_fn_map` has."""
        return self._export_all_saved_models(
            export_dir_base, input_receiver_fn_map, assets_extra, as_text, checkpoint_path
        )

    @deprecated(
        None,
        "This function has been renamed, use `export_saved_model` instead.",
    )
    def export_savedmodel(
        self,
        export_dir_base: Any,
        serving_input_receiver_fn: Callable[[], Any],
        assets_extra: dict[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool = False,
    ) -> bytes:
        """As `export_saved_model`; attrs that have their defaults stay, if not told otherwise."""
        if not serving_input_receiver_fn:
            raise ValueError("An input_receiver_fn must be defined.")
        functions = {ModeKeys.PREDICT: serving_input_receiver_fn}
        return self._export_all_saved_models(
            export_dir_base, functions, assets_extra, as_text, checkpoint_path, strip_default_attrs
        )

    def _export_all_saved_models(
        self,
        export_dir_base: Any,
        input_receiver_fn_map: dict[str, Any],
        assets_extra: dict[str, str] | None = None,
        as_text: bool = False,
        checkpoint_path: str | None = None,
        strip_default_attrs: bool = True,
    ) -> bytes:
        return saved_models.export_all(
            self,
            export_dir_base,
            input_receiver_fn_map,
            assets_extra,
            as_text,
            checkpoint_path,
            strip_default_attrs,
        )

    def _add_meta_graph_for_mode(
        self,
        builder: Any,
        input_receiver_fn_map: dict[str, Any],
        checkpoint_path: str,
        save_variables: bool = True,
        mode: str = ModeKeys.PREDICT,
        strip_default_attrs: bool = True,
    ) -> None:
        saved_models.add_meta_graph(
            self,
            builder,
            input_receiver_fn_map,
            checkpoint_path,
            save_variables,
            mode,
            strip_default_attrs,
        )

    def _assert_members_are_not_overridden(self) -> None:
        checks.check_members(Estimator, self)

    def _checkpoint_to_use(self, given: str | None, purpose: str) -> str | None:
        path = given or latest_checkpoint(self._model_dir)
        if not path:
            logging.info(
                f"Could not find trained model in model_dir: {self._model_dir}, running "
                f"initialization to {purpose}."
            )
        return path

    def _create_global_step(self, graph: Graph) -> Any:
        return training_util.create_global_step(graph)

    def _create_and_assert_global_step(self, graph: Graph) -> Any:
        step = self._create_global_step(graph)
        assert step is training_util.get_global_step()
        assert step.dtype.is_integer
        return step

    def _call_input_fn(
        self, input_fn: Callable[..., Any], mode: str, input_context: Any = None
    ) -> Any:
        taken = fn_args(input_fn)
        kwargs: dict[str, Any] = {}
        if "mode" in taken:
            kwargs["mode"] = mode
        if "params" in taken:
            kwargs["params"] = self.params
        if "config" in taken:
            kwargs["config"] = self.config
        if "input_context" in taken:
            kwargs["input_context"] = input_context
        with device("/cpu:0"):
            return input_fn(**kwargs)

    def _features_and_labels(self, input_fn: Callable[..., Any], mode: str) -> Any:
        return util.parse_input_fn_result(self._call_input_fn(input_fn, mode))

    def _spec_of_input(
        self, input_fn: Callable[..., Any], mode: str, strategy: Any
    ) -> tuple[Any, list[Any]]:
        """What the model function gives for an input function, and the input's hooks."""
        if strategy is None:
            features, labels, hooks = self._features_and_labels(input_fn, mode)
            return self._call_model_fn(features, labels, mode, self.config), hooks
        return self._spec_of_replicas(self._iterator(input_fn, mode, strategy), mode, strategy)

    def _iterator(self, input_fn: Callable[..., Any], mode: str, strategy: Any) -> Any:
        """The input of the replicas of a strategy."""
        return strategy.make_input_fn_iterator(
            lambda context: self._call_input_fn(input_fn, mode, context)
        )

    def _spec_of_replicas(self, iterator: Any, mode: str, strategy: Any) -> tuple[Any, list[Any]]:
        return distributed.spec_of_replicas(
            strategy,
            iterator,
            lambda features, labels: self._call_model_fn(features, labels, mode, self.config),
        )

    def _call_model_fn(self, features: Any, labels: Any, mode: str, config: Any) -> Any:
        taken = fn_args(self._model_fn)
        kwargs: dict[str, Any] = {}
        if "labels" in taken:
            kwargs["labels"] = labels
        elif labels is not None:
            raise ValueError("model_fn does not take labels, but input_fn returns labels.")
        if "mode" in taken:
            kwargs["mode"] = mode
        if "params" in taken:
            kwargs["params"] = self.params
        if "config" in taken:
            kwargs["config"] = config
        logging.info("Calling model_fn.")
        spec = self._model_fn(features=features, **kwargs)
        logging.info("Done calling model_fn.")
        if not isinstance(spec, model_fn_lib.EstimatorSpec):
            raise ValueError("model_fn should return an EstimatorSpec.")
        return spec

    def _train_model(
        self, input_fn: Callable[..., Any], hooks: list[Any], saving_listeners: list[Any]
    ) -> Any:
        strategy = self._config.train_distribute
        with (
            Graph().as_default() as graph,
            graph.device(self._device_fn),
            distributed.scope_of(strategy),
        ):
            if strategy is not None:
                return self._train_replicas(strategy, graph, input_fn, hooks, saving_listeners)
            set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(graph)
            training_util._get_or_create_global_step_read(graph)
            spec, input_hooks = self._spec_of_input(input_fn, ModeKeys.TRAIN, None)
            step = training_util.get_global_step(graph)
            self._maybe_warm_start(None)
            return train_with_spec(
                self._config, spec, [*input_hooks, *hooks], step, saving_listeners
            )

    def _train_replicas(
        self,
        strategy: Any,
        graph: Graph,
        input_fn: Callable[..., Any],
        hooks: list[Any],
        saving_listeners: list[Any],
    ) -> Any:
        """Trains under a strategy, which is in force."""
        strategy.configure(self._config.session_config)
        with strategy._scale_loss_for_estimator_enabled():
            set_random_seed(self._config.tf_random_seed)
            iterator = self._iterator(input_fn, ModeKeys.TRAIN, strategy)
            step = self._create_and_assert_global_step(graph)
            read = strategy.extended.read_var(step)
            add_to_collection(training_util.GLOBAL_STEP_READ_KEY, read)
            spec, input_hooks = self._spec_of_replicas(iterator, ModeKeys.TRAIN, strategy)
            spec = distributed.training_spec(strategy, spec)
            self._maybe_warm_start(None)
            return train_with_spec(
                self._config, spec, [*input_hooks, *hooks], step, saving_listeners
            )

    def _maybe_warm_start(self, checkpoint_path: str | None) -> None:
        if not checkpoint_path and self._warm_start_settings:
            logging.info(f"Warm-starting with WarmStartSettings: {self._warm_start_settings}")
            warm_start(*self._warm_start_settings)

    def _convert_eval_steps_to_hooks(self, steps: int | None) -> list[Any]:
        if steps is None:
            return []
        if steps <= 0:
            raise ValueError(f"Must specify steps > 0, given: {steps}")
        return [evaluation._StopAfterNEvalsHook(num_evals=steps)]

    def _evaluate_build_graph(
        self, input_fn: Callable[..., Any], hooks: Any = None, checkpoint_path: str | None = None
    ) -> tuple[Any, Any, dict[str, Any], list[Any]]:
        """Scaffold, update of metrics, their values by name, and all hooks."""
        strategy = self._config.eval_distribute
        with distributed.scope_of(strategy):
            set_random_seed(self._config.tf_random_seed)
            self._create_and_assert_global_step(get_default_graph())
            spec, input_hooks = self._spec_of_input(input_fn, ModeKeys.EVAL, strategy)
            _check_free_name(spec.eval_metric_ops, model_fn_lib.LOSS_METRIC_KEY)
            if strategy is None:
                scaffold, own_hooks = spec.scaffold, spec.evaluation_hooks
                metrics = {**spec.eval_metric_ops, model_fn_lib.LOSS_METRIC_KEY: mean(spec.loss)}
            else:
                scaffold, own_hooks, metrics = distributed.evaluation_parts(strategy, spec)
        update_op, values = _updates_and_values(metrics)
        step = training_util.get_global_step()
        self._maybe_warm_start(checkpoint_path)
        _check_free_name(values, GraphKeys.GLOBAL_STEP)
        values[GraphKeys.GLOBAL_STEP] = step
        all_hooks = [*input_hooks, *(hooks or []), *own_hooks]
        return _with_default_local_init(scaffold), update_op, values, all_hooks

    def _evaluate_run(
        self,
        checkpoint_path: str | None,
        scaffold: Any,
        update_op: Any,
        eval_dict: dict[str, Any],
        all_hooks: list[Any],
        output_dir: str,
    ) -> dict[str, Any]:
        """The values of metrics, which are written to `output_dir` too."""
        results: dict[str, Any] = evaluation._evaluate_once(
            checkpoint_path=checkpoint_path,
            master=self._config.evaluation_master,
            scaffold=scaffold,
            eval_ops=update_op,
            final_ops=eval_dict,
            hooks=all_hooks,
            config=self._session_config,
        )
        global_step = results[GraphKeys.GLOBAL_STEP]
        eval_summaries.write_results(output_dir, results, global_step)
        if checkpoint_path:
            eval_summaries.write_checkpoint_path(output_dir, checkpoint_path, global_step)
        return results


def _check_free_name(metrics: dict[str, Any], name: str) -> None:
    if name in metrics:
        quote = "`" if name == GraphKeys.GLOBAL_STEP else '"'
        raise ValueError(
            f"Metric with name {quote}{name}{quote} is not allowed, because Estimator already "
            "defines a default metric with the same name."
        )


def _updates_and_values(metrics: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
    """The updates of metrics in one operation, and the values by name."""
    ordered = sorted(metrics.items())
    update_op = grouping.group(*(update for _, (_, update) in ordered))
    return update_op, {name: value for name, (value, _) in ordered}


def _with_default_local_init(scaffold: Scaffold) -> Scaffold:
    """A scaffold that, with its own local initialization, runs the usual one."""
    if not scaffold.local_init_op:
        return scaffold
    evaluation._get_or_create_eval_step()
    both = grouping.group(scaffold.local_init_op, Scaffold.default_local_init_op())
    return Scaffold(local_init_op=both, copy_from_scaffold=scaffold)
