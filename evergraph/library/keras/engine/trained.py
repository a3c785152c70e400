"""How models are trained, evaluated and used, with arrays."""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from evergraph.api import grouping, math_ops
from evergraph.api.creation import placeholder
from evergraph.api.variables import Variable
from evergraph.base import dtypes, nest
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.library.keras import backend, losses, optimizers
from evergraph.library.keras.callbacks import Callback, History
from evergraph.library.keras.engine.model_metrics import metric_of
from evergraph.library.keras.metrics import Metric
from evergraph.library.keras.session import get_session
from evergraph.library.train.optimizer import Optimizer


class TrainOptimizer:
    """An optimizer of `tf.train` as Keras uses it."""

    def __init__(self, optimizer: Optimizer) -> None:
        self.optimizer = optimizer
        with name_scope("TFOptimizer"):
            self.iterations = Variable(np.int64(0), name="iterations", trainable=False)
        backend.track_variable(self.iterations)

    def get_updates(self, loss: Any, params: Any) -> list[Any]:
        """The operation that makes one step, in a list."""
        pairs = self.optimizer.compute_gradients(loss, params)
        return [self.optimizer.apply_gradients(pairs, global_step=self.iterations)]


def _keras_optimizer(optimizer: Any) -> Any:
    found = optimizers.get(optimizer)
    return TrainOptimizer(found) if isinstance(found, Optimizer) else found


def _refuse(**arguments: Any) -> None:
    """NotImplementedError for what is given and not known here."""
    for name, value in arguments.items():
        if value is not None and value is not False:
            raise NotImplementedError(f"`{name}` of Keras models")


def _arrays(data: Any, names: Sequence[str], shapes: Sequence[Any], what: str) -> list[Any]:
    """The data as one array for each name; vectors become columns.

    Raises:
      ValueError: there are more or less arrays, or of other shapes.
    """
    if isinstance(data, dict):
        for name in names:
            if name not in data:
                raise ValueError(
                    f'No data provided for "{name}". Need data for each key in: {list(names)}'
                )
        data = [data[name] for name in names]
    given = list(data) if isinstance(data, (list, tuple)) and len(names) > 1 else [data]
    if isinstance(data, list) and len(data) == len(names) == 1 and np.ndim(data[0]) > 0:
        given = data
    found = []
    for value, name, shape in zip(given, names, shapes, strict=True):
        if is_tensor(value) or not hasattr(value, "__len__"):
            raise NotImplementedError(f"Data of Keras models that is no array: {type(value)}")
        array = np.asarray(value)
        array = array[:, None] if array.ndim == 1 else array
        if shape is not None:
            _check_shape(array.shape, shape, name, what)
        found.append(array)
    return found


def _check_shape(found: tuple[int, ...], wanted: Any, name: str, what: str) -> None:
    start = f"Error when checking {what}: expected {name} to have"
    if len(found) != len(wanted):
        raise ValueError(f"{start} {len(wanted)} dimensions, but got array with shape {found}")
    if any(size not in (None, other) for size, other in zip(wanted[1:], found[1:], strict=True)):
        raise ValueError(f"{start} shape {tuple(wanted[1:])} but got array with shape {found[1:]}")


def _check_target(found: tuple[int, ...], wanted: Sequence[Any], loss: Any) -> None:
    """ValueError for targets of another shape than the output, where the loss needs the same."""
    function = getattr(loss, "fn", None)
    if function not in (
        losses.mean_squared_error,
        losses.binary_crossentropy,
        losses.categorical_crossentropy,
    ):
        return
    pairs = zip(found[1:], wanted[1:], strict=False)
    if any(size is not None and size != other for other, size in pairs):
        raise ValueError(
            f"A target array with shape {found} was passed for an output of shape {tuple(wanted)} "
            f"while using as loss `{loss.name}`. This loss expects targets to have the same shape "
            "as the output."
        )


def _check_lengths(x: Sequence[Any], y: Sequence[Any]) -> None:
    lengths = [{len(array) for array in arrays} for arrays in (x, y)]
    if y and lengths[0] != lengths[1]:
        raise ValueError(
            "Input arrays should have the same number of samples as target arrays. Found "
            f"{lengths[0].pop()} input samples and {lengths[1].pop()} target samples."
        )


def _batches(number: int, size: int) -> Iterator[slice]:
    for start in range(0, number, size):
        yield slice(start, min(start + size, number))


class Trained:
    """What models do with data. Mixed into a network."""

    inputs: Any
    outputs: Any
    optimizer: Any = None
    stop_training = False

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
          loss: a loss, a function of targets and predictions, or a name.
          metrics: a list of metrics, names and functions; "accuracy" is the one that fits the loss.
          loss_weights: the loss's factor, in a list.
          sample_weight_mode, weighted_metrics, target_tensors, distribute, **kwargs: not known
            here.

        Raises:
          NotImplementedError: for what is not known, and for models of several outputs.
          ValueError: there is no loss, or no such optimizer, loss or metric.
        """
        _refuse(
            sample_weight_mode=sample_weight_mode,
            weighted_metrics=weighted_metrics,
            target_tensors=target_tensors,
            distribute=distribute,
            **kwargs,
        )
        with no_automatic_dependency_tracking_scope(self):
            if isinstance(optimizer, (list, tuple)):
                self.optimizer = [_keras_optimizer(one) for one in optimizer]
            else:
                self.optimizer = _keras_optimizer(optimizer)
            self.loss = loss
            self._compiled = (losses.get(loss), list(metrics or []), loss_weights)
            self._functions: dict[str, Any] = {}
            if self.outputs:
                self._compile_nodes()

    def _compile_nodes(self) -> None:
        """Makes the nodes of metrics and loss."""
        loss, metrics, factors = self._compiled
        if len(self.outputs) > 1:
            raise NotImplementedError("Training of Keras models with several outputs")
        if loss is None:
            raise ValueError("The model cannot be compiled because it has no loss to optimize.")
        if not hasattr(loss, "reduction"):
            name = getattr(loss, "__name__", type(loss).__name__)
            reduction = losses.Reduction.SUM_OVER_BATCH_SIZE
            loss = losses.LossFunctionWrapper(loss, reduction=reduction, name=name)
        output, name = self.outputs[0], self.output_names[0]  # type: ignore[attr-defined]
        shape = [None] * output.shape.ndims
        target = placeholder(output.dtype, shape, name=f"{name}_target")
        sizes = output.shape.as_list()
        with no_automatic_dependency_tracking_scope(self):
            self._target = target
            self._loss = loss
            self._metrics = [metric_of(m, sizes, loss) for m in metrics]
        with name_scope("metrics"):
            self._metric_results = [_in_scope(m, target, output) for m in self._metrics]
        mask = getattr(output, "_keras_mask", None)
        with name_scope("loss"):
            with name_scope(f"{name}_loss"):
                weight = None if mask is None else math_ops.cast(mask, output.dtype)
                each = loss.call(target, output)
                single = losses.weighted(each, weight, losses.Reduction.NONE)
                reduction = loss.reduction
                if reduction == losses.Reduction.AUTO:
                    reduction = losses.Reduction.SUM_OVER_BATCH_SIZE
                value = losses.reduced(single, reduction)
            factor = nest.flatten(factors)[0] if factors is not None else 1.0
            total = factor * value
            own = self.get_losses_for(None) + self.get_losses_for(self.inputs)  # type: ignore[attr-defined]
            self.total_loss = total + math_ops.add_n(own) if own else total

    @property
    def metrics_names(self) -> list[str]:
        """What `evaluate` gives, by name."""
        return ["loss", *(metric.name for metric in self._metrics)]

    def reset_metrics(self) -> None:
        """Begins the metrics' means again."""
        for metric in self._metrics:
            metric.reset_states()

    # -- the nodes of a step

    def _step_updates(self) -> list[Any]:
        return self.get_updates_for(None) + self.get_updates_for(self.inputs)  # type: ignore[attr-defined]

    def _function(self, kind: str) -> Callable[[Sequence[Any]], list[Any]]:
        """A function of arrays that trains, evaluates or predicts one batch."""
        if kind not in self._functions:
            make = {"train": self._train_nodes, "test": self._test_nodes}
            self._functions[kind] = make.get(kind, self._predict_nodes)()
        feeds, fetches, update = self._functions[kind]

        def run(arrays: Sequence[Any]) -> list[Any]:
            feed = dict(zip(feeds, arrays, strict=True))
            phase = backend.learning_phase()
            if kind == "train" and is_tensor(phase):
                feed[phase] = True
            return get_session().run([fetches, update], feed)[0]

        return run

    def _grouped(self, first: Any, updates: Sequence[Any], scope: str) -> Any:
        with name_scope(scope), control_dependencies([first]):
            return grouping.group(*updates)

    def _optimizer_updates(self) -> list[Any]:
        weights = self.trainable_weights  # type: ignore[attr-defined]
        return list(self.optimizer.get_updates(params=weights, loss=self.total_loss))

    def _train_nodes(self) -> tuple[Any, Any, Any]:
        with name_scope("training"):
            updates = self._optimizer_updates() + self._step_updates()
        update = self._grouped(self.total_loss, updates, "training")
        return [*self.inputs, self._target], [self.total_loss, *self._metric_results], update

    def _test_nodes(self) -> tuple[Any, Any, Any]:
        update = self._grouped(self.total_loss, [], "evaluation")
        return [*self.inputs, self._target], [self.total_loss, *self._metric_results], update

    def _predict_nodes(self) -> tuple[Any, Any, Any]:
        return self.inputs, self.outputs, self._grouped(self.outputs[0], [], "predict")

    # -- data

    def _prepare(self, x: Any, y: Any = None, needs_loss: bool = True) -> tuple[Any, Any]:
        """Arrays of inputs and targets; the first ones tell the inputs of models without them."""
        if needs_loss and self.optimizer is None:
            raise RuntimeError(
                "You must compile your model before training/testing. Use "
                "`model.compile(optimizer, loss)`."
            )
        if not hasattr(self, "_functions"):
            with no_automatic_dependency_tracking_scope(self):
                self._functions = {}
        if not self.outputs:
            self._take_inputs(x)
            if self.optimizer is not None:
                self._compile_nodes()
        shapes = [tensor.shape.as_list() for tensor in self.inputs]
        arrays = _arrays(x, self.input_names, shapes, "input")  # type: ignore[has-type]
        if not needs_loss:
            return arrays, []
        if y is None:
            raise ValueError("Targets are needed to train or evaluate a model.")
        targets = _arrays(y, self.output_names, [None], "target")  # type: ignore[attr-defined]
        _check_target(targets[0].shape, self.outputs[0].shape.as_list(), self._loss)
        _check_lengths(arrays, targets)
        return arrays, targets

    def _take_inputs(self, x: Any) -> None:
        """Placeholders for data like this, and the outputs for them."""
        if isinstance(x, dict):
            names = sorted(x)
            values = [x[name] for name in names]
        else:
            values = list(x) if isinstance(x, (list, tuple)) else [x]
            names = [f"input_{i + 1}" for i in range(len(values))]
        tensors = []
        for value, name in zip(map(np.asarray, values), names, strict=True):
            dtype = dtypes.as_dtype(value.dtype)
            dtype = dtypes.as_dtype(backend.floatx()) if dtype.is_floating else dtype
            shape = [None, *(value.shape[1:] or (1,))]
            tensors.append(placeholder(dtype, shape, name=name))
        given: Any = tensors if len(tensors) > 1 else tensors[0]
        if isinstance(x, dict):
            given = dict(zip(names, tensors, strict=True))
        outputs = self(given)  # type: ignore[operator]
        with no_automatic_dependency_tracking_scope(self):
            self.inputs, self.outputs = tensors, nest.flatten(outputs)
            self.input_names = names
            self.output_names = [f"output_{i + 1}" for i in range(len(self.outputs))]

    # -- loops

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: Any = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: Any = None,
        validation_steps: Any = None,
        validation_freq: int = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        **kwargs: Any,
    ) -> History:
        """Trains on arrays.

        Args:
          x, y: arrays of inputs and targets; `x` may be a dict of arrays by name.
          batch_size: how many examples a step has; default: 32.
          epochs, initial_epoch: the numbers of the last epoch and of the one to begin after.
          verbose: 0 prints nothing, others a line for each epoch.
          callbacks: a list of `tf.keras.callbacks.Callback`.
          validation_split: the share of the last examples that is left for validation.
          validation_data: a pair of inputs and targets to evaluate after each epoch.
          shuffle: whether each epoch has another order, by NumPy's generator.
          validation_freq: after how many epochs the model is evaluated.
          class_weight, sample_weight, steps_per_epoch, validation_steps, **kwargs: not known here.
          max_queue_size, workers, use_multiprocessing: for generators.

        Returns:
          The `History`, with what each epoch gave.

        Raises:
          NotImplementedError: for what is not known, and data that is no array.
          RuntimeError: the model was not compiled.
          ValueError: shapes or numbers of examples do not fit.
        """
        _refuse(
            class_weight=class_weight,
            sample_weight=sample_weight,
            steps_per_epoch=steps_per_epoch,
            validation_steps=validation_steps,
            batch_shuffle=shuffle == "batch",
            **kwargs,
        )
        inputs, targets = self._prepare(x, y)
        held_out = None
        if validation_data is not None:
            held_out = self._prepare(*validation_data)
        elif validation_split:
            at = int(len(inputs[0]) * (1.0 - validation_split))
            held_out = [a[at:] for a in inputs], [a[at:] for a in targets]
            inputs, targets = [a[:at] for a in inputs], [a[:at] for a in targets]
        history = History()
        loop = _Loop(self, [*inputs, *targets], batch_size or 32, shuffle)
        loop.callbacks = [*(callbacks or []), history]
        loop.begin(epochs, verbose, held_out is not None)
        for epoch in range(initial_epoch, epochs):
            validate = held_out is not None and (epoch + 1) % validation_freq == 0
            loop.epoch(epoch, held_out if validate else None)
            if self.stop_training:
                break
        loop.call("on_train_end", None)
        return history

    def _evaluated(self, inputs: Any, targets: Any, batch_size: int | None) -> list[Any]:
        """The mean loss and the metrics over arrays."""
        run = self._function("test")
        self.reset_metrics()
        number = len(inputs[0])
        loss, results = 0.0, []
        for part in _batches(number, batch_size or 32):
            results = run([a[part] for a in (*inputs, *targets)])
            loss += np.float64(results[0]) * (part.stop - part.start)
        return [loss / number, *results[1:]]

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: int = 1,
        sample_weight: Any = None,
        steps: Any = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """The loss, and the metrics after it in a list if there are any; see `fit`."""
        _refuse(sample_weight=sample_weight, steps=steps, callbacks=callbacks)
        found = self._evaluated(*self._prepare(x, y), batch_size)
        return found if len(found) > 1 else found[0]

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: int = 0,
        steps: Any = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
    ) -> Any:
        """The outputs for arrays; a list of them if the model has several; see `fit`."""
        _refuse(steps=steps, callbacks=callbacks)
        inputs, _ = self._prepare(x, needs_loss=False)
        run = self._function("predict")
        parts = _batches(len(inputs[0]), batch_size or 32)
        found = [run([a[part] for a in inputs]) for part in parts]
        outputs = [np.concatenate(values) for values in zip(*found, strict=True)]
        return outputs if len(outputs) > 1 else outputs[0]

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch."""
        inputs, _ = self._prepare(x, needs_loss=False)
        found = self._function("predict")(inputs)
        return found if len(found) > 1 else found[0]

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        reset_metrics: bool = True,
    ) -> Any:
        """Trains on one batch; gives the loss, and the metrics after it in a list."""
        _refuse(sample_weight=sample_weight, class_weight=class_weight)
        return self._on_batch("train", x, y, reset_metrics)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True
    ) -> Any:
        """The loss of one batch, and the metrics after it in a list."""
        _refuse(sample_weight=sample_weight)
        return self._on_batch("test", x, y, reset_metrics)

    def _on_batch(self, kind: str, x: Any, y: Any, reset_metrics: bool) -> Any:
        inputs, targets = self._prepare(x, y)
        found = self._function(kind)([*inputs, *targets])
        if reset_metrics:
            self.reset_metrics()
        return found if len(found) > 1 else found[0]


def _in_scope(metric: Metric, target: Any, output: Any) -> Any:
    mask = getattr(output, "_keras_mask", None)
    with name_scope(metric.name):
        if mask is None:
            return metric(target, output)
        return metric(target, output, sample_weight=math_ops.cast(mask, output.dtype))


class _Loop:
    """The epochs of one `fit`."""

    callbacks: Sequence[Callback]

    def __init__(self, model: Any, arrays: Sequence[Any], batch_size: int, shuffle: Any) -> None:
        self._model = model
        self._arrays = arrays
        self._number = len(arrays[0])
        self._batch_size = batch_size
        self._shuffle = shuffle
        self._run: Any = model._function("train")
        self._verbose = 0
        self._epochs = 0

    def call(self, method: str, *arguments: Any) -> None:
        for callback in self.callbacks:
            getattr(callback, method)(*arguments)

    def begin(self, epochs: int, verbose: int, validates: bool) -> None:
        """Tells the callbacks of the model."""
        self._epochs, self._verbose = epochs, verbose
        self._model.stop_training = False
        names = self._model.metrics_names
        params = {
            "batch_size": self._batch_size,
            "epochs": epochs,
            "steps": None,
            "samples": self._number,
            "verbose": verbose,
            "do_validation": validates,
            "metrics": names + [f"val_{name}" for name in names if validates],
        }
        self.call("set_params", params)
        self.call("set_model", self._model)
        self.call("on_train_begin", None)

    def _ordered(self) -> Any:
        order = np.arange(self._number)
        if self._shuffle:
            np.random.shuffle(order)
        return order

    def epoch(self, epoch: int, held_out: Any) -> None:
        """One epoch, and the evaluation after it."""
        model, names, start = self._model, self._model.metrics_names, time.monotonic()
        model.reset_metrics()
        self.call("on_epoch_begin", epoch, {})
        order = self._ordered()
        loss, results = 0.0, []
        for i, part in enumerate(_batches(self._number, self._batch_size)):
            chosen = order[part]
            logs: dict[str, Any] = {"batch": i, "size": len(chosen)}
            self.call("on_train_batch_begin", i, logs)
            results = self._run([a[chosen] for a in self._arrays])
            loss += np.float64(results[0]) * len(chosen)
            logs.update(zip(names, results, strict=True))
            self.call("on_train_batch_end", i, logs)
            if model.stop_training:
                break
        found = dict(zip(names, [loss / self._number, *results[1:]], strict=True))
        if held_out is not None:
            # TensorFlow shuffles here, too: what the generator gives next depends on it.
            order = np.arange(len(held_out[0][0]))
            np.random.shuffle(order)
            held_out = tuple([a[order] for a in arrays] for arrays in held_out)
            values = model._evaluated(*held_out, self._batch_size)
            found |= {f"val_{name}": v for name, v in zip(names, values, strict=True)}
        if self._verbose:
            text = " - ".join(f"{name}: {value:.4f}" for name, value in found.items())
            number, seconds = self._number, int(time.monotonic() - start)
            print(f"Epoch {epoch + 1}/{self._epochs}\n{number}/{number} - {seconds}s - {text}")
        self.call("on_epoch_end", epoch, found)
