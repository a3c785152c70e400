"""Models with a loss: `compile`, and the nodes of training, evaluation and prediction."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.api import grouping, math_ops
from evergraph.api.variables import Variable
from evergraph.base.platform import logging
from evergraph.base.trackable import Trackable, no_automatic_dependency_tracking_scope
from evergraph.graph.composite import SparseTensor, SparseTensorValue
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import control_dependencies, executing_eagerly, name_scope
from evergraph.library.distribute.distribution_strategy_context import (
    get_strategy,
    in_a_replica,
)
from evergraph.library.keras import backend, optimizers
from evergraph.library.keras.engine.eager_steps import eager_step
from evergraph.library.keras.engine.endpoints import (
    Endpoint,
    loss_value,
    losses_of,
    set_loss_weights,
    set_weight_modes,
    targets_of,
)
from evergraph.library.keras.engine.model_metrics import (
    call_metric,
    metric_of,
    metrics_by_output,
)
from evergraph.library.keras.loss_scale_optimizer import LossScaleOptimizer
from evergraph.library.keras.metrics import Mean, Metric
from evergraph.library.keras.optimizers import OptimizerV2
from evergraph.library.keras.session import get_session
from evergraph.library.train.optimizer import Optimizer
from evergraph.library.train.tracking.layer_utils import filter_empty_layer_containers

EAGER_ONLY = "You can only set `run_eagerly=True` if eager execution is enabled."


def _scaled(optimizer: Any, policy: Any) -> Any:
    """An optimizer by the loss scale of a policy. Raises ValueError for one not of Keras."""
    if not isinstance(optimizer, OptimizerV2):
        if isinstance(optimizer, list):
            # What TensorFlow has to say about lists fails while it is put together.
            raise TypeError("not enough arguments for format string")
        raise ValueError(
            '"optimizer" must be an instance of tf.keras.optimizers.Optimizer when a dype policy '
            f"with a loss scale  used, but got: {optimizer}. Using policy: {policy}"
        )
    if not isinstance(optimizer, LossScaleOptimizer):
        return LossScaleOptimizer(optimizer, policy.loss_scale)
    if optimizer.loss_scale != policy.loss_scale:
        logging.warning(
            f"LossScale of LossScaleOptimizer passed to compile ({optimizer.loss_scale}) is not "
            f"the same as the dtype policy's loss scale ({policy.loss_scale}). Because the dtype "
            "policy has a loss scale, you should pass an optimizer that is not wrapped with a "
            "LossScaleOptimizer,"
        )
    return optimizer


class TrainOptimizer:
    """An optimizer of `tf.train` as Keras uses it."""

    def __init__(self, optimizer: Optimizer, iterations: Any = None) -> None:
        self.optimizer = optimizer
        if iterations is None:
            with name_scope("TFOptimizer"):
                iterations = Variable(np.int64(0), name="iterations", trainable=False)
            backend.track_variable(iterations)
        self.iterations = iterations

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """The operation that makes one step, in a list."""
        pairs = self.optimizer.compute_gradients(loss, params)
        update = self.optimizer.apply_gradients(pairs, global_step=self.iterations)
        for variable in self.optimizer.variables():
            backend.track_variable(variable)
        return [update]


def _keras_optimizer(optimizer: Any) -> Any:
    if isinstance(optimizer, TrainOptimizer):
        return optimizer
    found = optimizers.get(optimizer)
    return TrainOptimizer(found) if isinstance(found, Optimizer) else found


def _trainable_state(layer: Any) -> list[tuple[Any, bool]]:
    """The layers within, each with whether it is trainable."""
    found = [(layer, layer._trainable)]
    for inner in filter_empty_layer_containers(layer.__dict__.get("_layers", ())):
        found += _trainable_state(inner)
    return found


def metrics_of_layers(layers: Any) -> list[Metric]:
    """The metrics that layers have added."""
    found: list[Metric] = []
    for layer in filter_empty_layer_containers(layers):
        if isinstance(layer, Compiled):
            found += [*layer._metrics, *metrics_of_layers(layer.layers)]
        else:
            found += layer.metrics
    return found


class Compiled:
    """What a model is trained for. Mixed into a network."""

    inputs: Any
    outputs: Any
    input_names: list[str]
    output_names: list[str]
    layers: Any
    losses: Any
    trainable_weights: Any
    _is_graph_network: bool
    _feed_inputs: list[Any]
    _metrics: list[Metric]
    get_losses_for: Callable[[Any], list[Any]]
    get_updates_for: Callable[[Any], list[Any]]
    optimizer: Any = None
    total_loss: Any = None
    _is_compiled = False
    _run_eagerly: Any = None
    _functions: dict[str, Any]
    _endpoints: Sequence[Endpoint] = ()
    _compile_metric_functions: Sequence[Metric] = ()

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        metrics: Any = None,
        loss_weights: Any = None,
        sample_weight_mode: Any = None,
        weighted_metrics: Any = None,
        target_tensors: Any = None,
        distribute: Any = None,
        **kwargs: Any,
    ) -> None:
        """Says how the model is trained.

        Args:
          optimizer: one of `tf.keras.optimizers` or `tf.train`, or a name.
          loss: a loss, a function of targets and predictions, or a name; for several outputs also
            a list, or a dict by the outputs' names. What layers and the model add counts, too.
          metrics: a list of metrics, names and functions, for each output; or a list of lists, or
            a dict. "accuracy" is the one that fits the loss.
          loss_weights: the factors of the losses, in a list or dict.
          sample_weight_mode: "temporal" where weights are given for each time step; a list or
            dict of such.
          weighted_metrics: metrics that weights of examples apply to.
          target_tensors: tensors that outputs are compared with, rather than arrays.
          distribute: not known here.
          **kwargs: `run_eagerly`, which needs eager execution, and arguments of `Session.run`.

        Raises:
          NotImplementedError: for what is not known.
          ValueError: there is no loss, or no such optimizer, loss or metric; lists are of other
            lengths than there are outputs, or names are not theirs.
          TypeError: metrics, weights or targets are something else.
        """
        if distribute is not None:
            raise NotImplementedError("`distribute` of Keras models")
        if get_strategy().num_replicas_in_sync > 1:
            raise NotImplementedError("tf.keras.Model.compile under a strategy of several replicas")
        kwargs.pop("experimental_run_tf_function", None)
        self._run_eagerly = kwargs.pop("run_eagerly", None)
        if self._run_eagerly and not executing_eagerly():
            raise ValueError(EAGER_ONLY)
        with no_automatic_dependency_tracking_scope(self):
            if isinstance(optimizer, (list, tuple)):
                self.optimizer = [_keras_optimizer(one) for one in optimizer]
            else:
                self.optimizer = _keras_optimizer(optimizer)
            if self._dtype_policy.loss_scale is not None:
                self.optimizer = _scaled(self.optimizer, self._dtype_policy)
            self.loss = loss or {}
            self.loss_weights = loss_weights
            self.sample_weight_mode = sample_weight_mode
            self._compile_metrics = metrics or []
            self._compile_weighted_metrics = weighted_metrics
            self._function_kwargs = kwargs
            self._is_compiled = False
            self._endpoints = []
            self._compile_metric_functions = []
            self._functions = {}
            if isinstance(self.optimizer, Trackable):
                self._track_trackable(  # type: ignore[attr-defined]
                    self.optimizer, name="optimizer", overwrite=True
                )
            if self.outputs:
                with in_a_replica():
                    self._compile_nodes(target_tensors)

    def _compile_nodes(self, target_tensors: Any = None) -> None:
        """Makes the nodes of metrics and losses."""
        names = self.output_names
        found = losses_of(self.loss, names)
        targets = targets_of(target_tensors, names)
        with no_automatic_dependency_tracking_scope(self):
            self._compiled_trainable_state = _trainable_state(self)
            self._is_compiled = True
            self._endpoints = [
                Endpoint(*parts) for parts in zip(self.outputs, names, found, targets, strict=False)
            ]
            set_loss_weights(self._endpoints, self.loss_weights)
            self._make_metrics()
            self._collected_weights = self._unique_weights()
            if executing_eagerly():
                return
            with name_scope("metrics"):
                for endpoint, metrics in zip(self._endpoints, self._per_output, strict=True):
                    for metric in metrics:
                        call_metric(metric, endpoint.target, endpoint.output)
            set_weight_modes(self._endpoints, self.sample_weight_mode)
            self._make_losses()

    # -- metrics

    def _make_metrics(self) -> None:
        """The metrics of each output, with unique names."""
        shapes = [e.output.shape for e in self._endpoints]
        sizes = [None if shape.ndims is None else shape.as_list() for shape in shapes]

        def made(given: Any, is_weighted: bool) -> list[dict[str, Metric]]:
            found = []
            by_output = metrics_by_output(given, self.output_names)
            for metrics, size, e in zip(by_output, sizes, self._endpoints, strict=True):
                found.append(dict(metric_of(m, size, e.loss, is_weighted) for m in metrics))
            return found

        plain = made(self._compile_metrics, False)
        weighted = made(self._compile_weighted_metrics, True)
        self._per_output: list[list[Metric]] = []
        self._per_output_weighted: list[list[Metric]] = []
        self._compile_metric_functions = []
        for i, endpoint in enumerate(self._endpoints):
            for metrics, kept in ((plain, self._per_output), (weighted, self._per_output_weighted)):
                kept.append([])
                if endpoint.loss is None:
                    continue
                for name, metric in metrics[i].items():
                    metric._name = self._unique_metric_name(name, i)
                    kept[-1].append(metric)
                    self._compile_metric_functions.append(metric)
        if len(self._endpoints) > 1:
            for endpoint in self._endpoints:
                if endpoint.loss is not None:
                    endpoint.loss_metric = Mean(name=endpoint.loss_name)

    def _unique_metric_name(self, name: str, output: int) -> str:
        if len(self.output_names) > 1:
            name = f"{self.output_names[output]}_{name}"
        taken, found, number = self.metrics_names, name, 1
        while found in taken:
            found, number = f"{name}_{number}", number + 1
        return found

    @property
    def metrics(self) -> list[Metric]:
        """The metrics given to `compile`, and those that were added."""
        compiled = list(self._compile_metric_functions) if self._is_compiled else []
        return compiled + self._metrics + metrics_of_layers(self.__dict__.get("_layers", ()))

    @property
    def metrics_names(self) -> list[str]:
        """What `evaluate` gives, by name."""
        found = ["loss"]
        if self._is_compiled:
            if len(self._endpoints) > 1:
                found += [e.loss_name for e in self._endpoints if e.loss is not None]
            found += [metric.name for metric in self._compile_metric_functions]
        for layer in self.layers:
            found += [metric.name for metric in layer._metrics]
        return found + [metric.name for metric in self._metrics]

    def _all_metrics(self) -> list[Metric]:
        of_losses = [e.loss_metric for e in self._endpoints if e.loss_metric is not None]
        return of_losses + self.metrics

    def reset_metrics(self) -> None:
        """Begins the metrics' means again."""
        for metric in self._all_metrics():
            metric.reset_states()

    @property
    def sample_weights(self) -> list[Any]:
        """The tensors of the examples' weights for each output, None where there are none."""
        return [e.sample_weight for e in self._endpoints]

    @property
    def run_eagerly(self) -> bool:
        """Whether `compile` was told so. With eager execution models run step by step anyway.

        Raises:
          ValueError: it is set, or a layer is dynamic, without eager execution.
        """
        if self._run_eagerly and not executing_eagerly():
            raise ValueError(EAGER_ONLY)
        return bool(self._run_eagerly)

    @run_eagerly.setter
    def run_eagerly(self, value: Any) -> None:
        self._run_eagerly = value

    # -- losses

    def _make_losses(self) -> None:
        """The nodes of weights, weighted metrics and losses."""
        for endpoint in self._endpoints:
            endpoint.make_weight()
        with name_scope("metrics"):
            for endpoint, metrics in zip(self._endpoints, self._per_output_weighted, strict=True):
                for metric in metrics:
                    call_metric(metric, endpoint.target, endpoint.output, endpoint.sample_weight)
        with name_scope("loss"):
            self.total_loss = self._sum_of_losses()

    def _sum_of_losses(self) -> Any:
        total: Any = None
        for endpoint in self._endpoints:
            if endpoint.loss is None:
                continue
            value = loss_value(endpoint, endpoint.target, endpoint.output, endpoint.sample_weight)
            if endpoint.loss_metric is not None:
                endpoint.loss_metric(value)
            part = endpoint.loss_weight * value
            total = part if total is None else total + part
        if total is None:
            if not self.losses:
                raise ValueError("The model cannot be compiled because it has no loss to optimize.")
            total = 0.0
        own = self.get_losses_for(None) + self.get_losses_for(self.inputs)
        return total + math_ops.add_n(own) if own else total

    def _follow_weights(self, kind: str, weights: Sequence[Any] | None) -> None:
        """Makes the nodes of losses anew where other weights are given than the last time."""
        given = any(weight is not None for weight in weights or ())
        for endpoint in self._endpoints:
            endpoint.mode = endpoint.mode or "samplewise" if given else None
        differ = any(e.weights_differ for e in self._endpoints if e.fed)
        if differ and not executing_eagerly():
            with no_automatic_dependency_tracking_scope(self):
                self._make_losses()
                # As in TensorFlow, functions of the other kind stay as they are.
                self._functions.pop(kind, None)

    # -- the nodes of a step

    def _function(self, kind: str) -> Callable[[Sequence[Any]], list[Any]]:
        """A function of arrays that trains, evaluates or predicts one batch.

        None among the arrays feeds nothing; tensors among them are computed first.
        """
        if executing_eagerly():
            return eager_step(self, kind)
        if kind not in self._functions:
            make = {"train": self._train_nodes, "test": self._test_nodes}
            with no_automatic_dependency_tracking_scope(self):
                self._functions[kind] = make.get(kind, self._predict_nodes)()
        feeds, fetches, update = self._functions[kind]
        settings = dict(getattr(self, "_function_kwargs", {}))
        more_feeds = settings.pop("feed_dict", None) or {}
        more = settings.pop("fetches", [])

        def run(arrays: Sequence[Any]) -> list[Any]:
            session = get_session()
            symbolic = [x for x in arrays if is_tensor(x)]
            computed = iter(session.run(symbolic) if symbolic else ())
            values = [next(computed) if is_tensor(x) else x for x in arrays]
            feed = dict(more_feeds)
            pairs = zip(feeds, values, strict=False)
            feed |= {t: _fed_value(t, v) for t, v in pairs if v is not None}
            phase = backend.learning_phase() if kind == "train" else None
            if is_tensor(phase):
                feed[phase] = True
            return session.run([fetches, update, more], feed, **settings)[0]

        return run

    def _grouped(self, first: Any, updates: Sequence[Any], scope: str) -> Any:
        with name_scope(scope), control_dependencies([first]):
            return grouping.group(*updates)

    def _unique_weights(self) -> list[Any]:
        # The layers of a network within may be layers of this one, too.
        return list({id(w): w for w in self.trainable_weights}.values())

    def _optimizer_updates(self) -> list[Any]:
        if isinstance(self.optimizer, list):
            raise ValueError("The `optimizer` in `compile` should be a single optimizer.")
        return list(
            self.optimizer.get_updates(params=self._collected_weights, loss=self.total_loss)
        )

    def _fed(self) -> list[Any]:
        targets = [e.target for e in self._endpoints if e.fed]
        weights = [e.sample_weight for e in self._endpoints if e.sample_weight is not None]
        return [*self._feed_inputs, *targets, *weights]

    def _results(self) -> list[Any]:
        """The loss, and what the metrics gave when they were last called."""
        found = [m._call_result for m in self._all_metrics() if hasattr(m, "_call_result")]
        return [self.total_loss, *found]

    def _train_nodes(self) -> tuple[Any, Any, Any]:
        if len(self._unique_weights()) != len(self._collected_weights):
            logging.log_first_n(
                logging.WARN,
                "Discrepancy between trainable weights and collected trainable weights, did you "
                "set `model.trainable` without calling `model.compile` after ?",
                1,
            )
        now = _trainable_state(self)
        _set_trainable(self._compiled_trainable_state)
        backend.learning_phase()  # it is fed to every step: its nodes come before the updates'
        with name_scope("training"):
            updates = self._optimizer_updates()
            updates += self.get_updates_for(None) + self.get_updates_for(self.inputs)
        update = self._grouped(self.total_loss, updates, "training")
        found = self._fed(), self._results(), update
        _set_trainable(now)
        return found

    def _test_nodes(self) -> tuple[Any, Any, Any]:
        update = self._grouped(self.total_loss, self.state_updates, "evaluation")
        return self._fed(), self._results(), update

    def _predict_nodes(self) -> tuple[Any, Any, Any]:
        update = self._grouped(self.outputs[0], self.state_updates, "predict")
        return self._feed_inputs, self.outputs, update

    # -- state

    @property
    def state_updates(self) -> list[Any]:
        """The updates of layers that keep a state from batch to batch."""
        stateful = [layer for layer in self.layers if getattr(layer, "stateful", False)]
        return [update for layer in stateful for update in getattr(layer, "updates", ())]

    @property
    def stateful(self) -> bool:
        """Whether a layer keeps a state from batch to batch."""
        return any(getattr(layer, "stateful", False) for layer in self.layers)

    @stateful.setter
    def stateful(self, value: bool) -> None:
        """Has no effect: the layers tell."""

    def reset_states(self) -> None:
        """Sets the states of layers to zero."""
        for layer in self.layers:
            if hasattr(layer, "reset_states") and getattr(layer, "stateful", False):
                layer.reset_states()


def _fed_value(tensor: Any, value: Any) -> Any:
    """A matrix of SciPy as a sparse tensor takes it, or as an array; anything else as it is."""
    if not hasattr(value, "tocoo"):
        return value
    if not isinstance(tensor, SparseTensor):
        return value.toarray()
    rows = value.tocoo()
    return SparseTensorValue(np.stack([rows.row, rows.col], axis=1), rows.data, rows.shape)


def _set_trainable(state: Sequence[tuple[Any, bool]]) -> None:
    for layer, trainable in state:
        layer._trainable = trainable
