"""How models are trained, evaluated and used: with arrays, tensors, datasets and generators."""

from typing import Any

import numpy as np

from evergraph.api.creation import placeholder
from evergraph.base import dtypes, nest, tf_inspect
from evergraph.base.platform import logging
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.trackable import no_automatic_dependency_tracking_scope
from evergraph.graph.conversion import is_tensor
from evergraph.graph.defaults import executing_eagerly
from evergraph.library.data.dataset_v1 import make_initializable_iterator
from evergraph.library.data.iterator_ops import Iterator, IteratorV2
from evergraph.library.keras import backend
from evergraph.library.keras.callbacks import History
from evergraph.library.keras.engine import user_data
from evergraph.library.keras.engine.batches import (
    ArrayBatches,
    Batches,
    DatasetBatches,
    EagerDatasetBatches,
    GeneratorBatches,
    is_dataset,
    is_generator,
)
from evergraph.library.keras.engine.compiled import Compiled
from evergraph.library.keras.engine.endpoints import check_targets, set_weight_modes
from evergraph.library.keras.engine.loops import Loop, print_numbers, single
from evergraph.library.keras.session import get_session

Data = tuple[list[Any], list[Any], list[Any] | None]


class Trained(Compiled):
    """What models do with data. Mixed into a network."""

    stop_training = False
    history: History
    _takes_dict = False

    # -- data

    def _check_compiled(self) -> None:
        if self.optimizer is None:
            raise RuntimeError(
                "You must compile your model before training/testing. Use "
                "`model.compile(optimizer, loss)`."
            )

    def _check_call(self, method: str) -> None:
        """ValueError if `call` needs more than its inputs."""
        spec = tf_inspect.getfullargspec(self.call)  # type: ignore[attr-defined]
        needed = spec.args[: len(spec.args) - len(spec.defaults or ())]
        needed = [name for name in needed if name != "training"]
        if len(needed) > 2:  # the first one is self
            raise ValueError(
                f"Models passed to `{method}` can only have `training` and the first argument in "
                f"`call` as positional arguments, found: {needed[2:]}."
            )

    def _batch_size(self, batch_size: Any, steps: Any, x: Any) -> Any:
        """The size of batches: 32 unless it is given, or told by the first layer.

        Raises:
          ValueError: it is given for what comes in batches, or differs from the layer's.
        """
        if is_dataset(x) or is_generator(x):
            if batch_size is not None:
                raise ValueError(
                    "The `batch_size` argument must not be specified for the given input type. "
                    f"Received input: {x}, batch_size: {batch_size}"
                )
            return None
        layers = self.__dict__.get("_layers", ())
        first = next(iter(layers), None)
        while hasattr(first, "layers") and first.layers:
            first = first.layers[0]
        known = (getattr(first, "_batch_input_shape", None) or (None,))[0]
        if known is not None:
            if batch_size not in (None, known):
                raise ValueError(
                    f"The `batch_size` argument value {batch_size} is incompatible with the "
                    f"specified batch size of your Input Layer: {known}"
                )
            batch_size = known if steps is None else batch_size
        return 32 if batch_size is None and steps is None else batch_size

    def _prepare(
        self,
        x: Any,
        y: Any = None,
        weights: Any = None,
        class_weight: Any = None,
        batch_size: Any = None,
    ) -> Data:
        """Inputs, targets and weights as they are fed; the first ones tell the inputs of models
        without them."""
        if not self.outputs:
            self._set_inputs(x)
        if not self._is_compiled and self.optimizer is not None:
            self._compile_nodes()
        if not hasattr(self, "_functions"):
            with no_automatic_dependency_tracking_scope(self):
                self._functions = {}
        shapes = None
        if self._is_graph_network:
            shapes = [t.shape.as_list() for t in self._feed_inputs]
        names = self._feed_input_names  # type: ignore[attr-defined]
        inputs = user_data.standardized(x, names, shapes, "input")
        targets: list[Any] = []
        found: list[Any] | None = None
        if y is not None:
            targets, found = self._prepare_targets(inputs, y, weights, class_weight)
        if self.stateful and batch_size and len(inputs[0]) % batch_size:
            raise ValueError(
                "In a stateful network, you should only pass inputs with a number of samples that "
                f"can be divided by the batch size. Found: {len(inputs[0])} samples"
            )
        return inputs, targets, found

    def _prepare_targets(
        self, inputs: Any, y: Any, weights: Any, class_weight: Any
    ) -> tuple[list[Any], list[Any] | None]:
        set_weight_modes(self._endpoints, self.sample_weight_mode)
        fed = [e for e in self._endpoints if e.fed]
        names = [e.name for e in fed]
        targets = user_data.standardized(y, names, None, "target")
        by_output = [
            user_data.by_output(given, names, what)
            for given, what in ((weights, "sample_weight"), (class_weight, "class_weight"))
        ]
        found = [
            user_data.weights_of(target, own, classes, endpoint.mode)
            for target, own, classes, endpoint in zip(targets, *by_output, fed, strict=True)
        ]
        user_data.check_lengths(inputs, targets, found)
        if self._is_graph_network:
            check_targets(targets, fed)
        known = any(e.mode is not None for e in fed) or any(w is not None for w in found)
        return targets, found if known else None

    def _set_inputs(self, x: Any) -> None:
        """Placeholders for data like this, and the outputs for them."""
        if isinstance(x, dict):
            names = sorted(x)
            values = [x[name] for name in names]
        else:
            values = list(x) if isinstance(x, (list, tuple)) else [x]
            names = [f"input_{i + 1}" for i in range(len(values))]
        tensors = [_input_for(value, name) for value, name in zip(values, names, strict=True)]
        given: Any = tensors if len(tensors) > 1 else tensors[0]
        if isinstance(x, dict):
            given = dict(zip(names, tensors, strict=True))
        takes = self._expects_training_arg  # type: ignore[attr-defined]
        with backend.symbolic_graph():
            outputs = self(given, **({"training": backend.learning_phase()} if takes else {}))  # type: ignore[operator]
        with no_automatic_dependency_tracking_scope(self):
            self.inputs, self.outputs = tensors, nest.flatten(outputs)
            self.input_names = names
            self._takes_dict = isinstance(x, dict)
            fed = [i for i, t in enumerate(tensors) if t.op.type == "Placeholder"]
            self._feed_inputs = [tensors[i] for i in fed]
            self._feed_input_names = [names[i] for i in fed]
            self.output_names = [f"output_{i + 1}" for i in range(len(self.outputs))]

    def _runner(self, mode: str, parts: Data) -> Any:
        """What runs batches of what `_prepare` gave."""
        if mode != "predict":
            self._follow_weights(mode, parts[2])
        return self._function(mode)

    def _batches(
        self, mode: str, parts: Data, batch_size: Any, shuffle: Any, steps: Any
    ) -> Batches:
        arrays = [*parts[0], *parts[1], *(parts[2] or ())]
        return ArrayBatches(self._runner(mode, parts), arrays, batch_size, shuffle, steps)

    def _dataset_batches(self, mode: str, data: Any, steps: Any, name: str) -> Batches:
        if executing_eagerly():

            def run_one(element: Any) -> Any:
                x, y, weights = user_data.unpacked(element)
                wanted = (x,) if mode == "predict" else (x, y, weights)
                parts = self._prepare(*wanted)
                return self._runner(mode, parts)([*parts[0], *parts[1], *(parts[2] or ())])

            return EagerDatasetBatches(data, run_one, steps, name)
        prepared: list[Any] = []
        if not self.outputs:
            # An element more is made for this alone, which the seeds of initializers depend on.
            self._set_inputs(user_data.unpacked(_first(data))[0])

        def prepare(element: Any) -> list[Any]:
            x, y, weights = user_data.unpacked(element)
            wanted = (x,) if mode == "predict" else (x, y, weights)
            parts = self._prepare(*wanted)
            prepared.append(parts)
            return [*parts[0], *parts[1], *(parts[2] or ())]

        def run(tensors: Any) -> Any:
            return self._runner(mode, prepared[0])

        return DatasetBatches(data, prepare, run, steps, name)

    def _generated_batches(
        self, mode: str, data: Any, steps: Any, name: str, **how: Any
    ) -> Batches:
        classes = how.pop("class_weight", None)
        if mode == "train":

            def run(x: Any, y: Any = None, weights: Any = None) -> Any:
                return self.train_on_batch(x, y, weights, classes, reset_metrics=False)

        elif mode == "test":

            def run(x: Any, y: Any = None, weights: Any = None) -> Any:
                return self.test_on_batch(x, y, weights, reset_metrics=False)

        else:

            def run(x: Any, y: Any = None, weights: Any = None) -> Any:
                return self.predict_on_batch(x)

        return GeneratorBatches(data, run, steps, name, **how)

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
        validation_freq: Any = 1,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        **kwargs: Any,
    ) -> History:
        """Trains the model.

        Args:
          x: an array, tensor, a list of them, or a dict by the inputs' names; or a dataset, a
            generator or a `tf.keras.utils.Sequence` of inputs and targets, perhaps with weights.
          y: targets, as `x`; for datasets and generators they come with the inputs.
          batch_size: how many examples a step has; default: 32.
          epochs, initial_epoch: the numbers of the last epoch and of the one to begin after.
          verbose: 0 prints nothing, 1 a bar, 2 a line for each epoch.
          callbacks: a list of `tf.keras.callbacks.Callback`.
          validation_split: the share of the last examples that is left for validation.
          validation_data: inputs and targets, perhaps weights, to evaluate after each epoch; or
            a dataset.
          shuffle: whether each epoch has another order, by NumPy's generator; "batch" for
            another order of batches.
          class_weight: factors by class, of the loss of its examples; a dict of such by output.
          sample_weight: factors of the examples' losses, an array for each output.
          steps_per_epoch: how many steps an epoch has, of datasets, generators and tensors;
            default: all there are.
          validation_steps: the same for validation.
          validation_freq: after how many epochs the model is evaluated, or after which.
          max_queue_size, workers, use_multiprocessing: see `fit_generator`.
          **kwargs: `nb_epoch`, an earlier name of `epochs`.

        Returns:
          The `History`, with what each epoch gave.

        Raises:
          RuntimeError: the model was not compiled.
          ValueError: shapes or numbers of examples do not fit.
          TypeError: for any other argument.
        """
        epochs = _epochs(epochs, kwargs)
        self._check_compiled()
        self._check_call("fit")
        _check_input(x)
        batch_size = self._batch_size(batch_size, steps_per_epoch, x)
        if is_generator(x):
            _check_generator(y, sample_weight, validation_split)
            return self._fit_generator(
                x,
                steps_per_epoch,
                epochs,
                verbose,
                callbacks,
                validation_data,
                validation_steps,
                validation_freq,
                initial_epoch,
                class_weight=class_weight,
                max_queue_size=max_queue_size,
                workers=workers,
                use_multiprocessing=use_multiprocessing,
                shuffle=shuffle,
            )
        held_out: Any = None
        if is_dataset(x):
            user_data.check_dataset(x, y, sample_weight, validation_split, shuffle)
            batches = self._dataset_batches("train", x, steps_per_epoch, "steps_per_epoch")
        else:
            user_data.check_steps(x, steps_per_epoch, "steps_per_epoch")
            parts = self._prepare(x, y, sample_weight, class_weight, batch_size)
            _warn_of_steps(x, steps_per_epoch)
            if not validation_data and validation_split and 0.0 < validation_split < 1.0:
                parts, held_out = _split(parts, validation_split)
            batches = self._batches("train", parts, batch_size, shuffle, steps_per_epoch)
        if validation_data:
            held_out = self._held_out(validation_data, batch_size)
        elif held_out is None and validation_steps:
            raise ValueError(
                "`validation_steps` should not be specified if `validation_data` is None."
            )
        validate, number = self._validation(held_out, validation_steps, batch_size, epochs)
        if verbose:
            print_numbers(batches, number)
        loop = Loop(self, batches, "train", callbacks, epochs, verbose, held_out is not None)
        loop.run(initial_epoch, validate, validation_freq)
        return self.history

    def _held_out(self, data: Any, batch_size: Any) -> Any:
        """A dataset as it is, arrays as they are fed."""
        if is_dataset(data):
            return data
        if isinstance(data, (Iterator, IteratorV2)) or len(data) not in (2, 3):
            raise ValueError(
                "When passing a `validation_data` argument, it must contain either 2 items (x_val, "
                "y_val), or 3 items (x_val, y_val, val_sample_weights), or alternatively it could "
                "be a dataset or a dataset or a dataset iterator. However we received "
                f"`validation_data={data}`"
            )
        x, y, weights = (*data, None)[:3]
        return self._prepare(x, y, weights, batch_size=batch_size)

    def _validation(self, held_out: Any, steps: Any, batch_size: Any, epochs: int) -> Any:
        """What evaluates the model, and the number of examples or steps there are for it."""
        if held_out is None:
            return None, None
        if is_dataset(held_out):
            source = self._dataset_batches("test", held_out, steps, "validation_steps")
            number = source.steps
        else:
            source = None
            number = len(held_out[0][0])

        def validate(callbacks: Any, epoch: int) -> list[Any]:
            # TensorFlow shuffles here, too: what the generator gives next depends on it.
            batches = source or self._batches("test", held_out, batch_size, True, steps)
            results = Loop(self, batches, "test", callbacks, verbose=0).run()
            if source is not None and epoch < epochs - 1:
                source.restart()
            return list(results)

        return validate, number

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
        self._check_compiled()
        self._check_call("evaluate")
        _check_input(x)
        batch_size = self._batch_size(batch_size, steps, x)
        if is_generator(x):
            _check_generator(y, sample_weight)
            return self.evaluate_generator(
                x, steps, callbacks, max_queue_size, workers, use_multiprocessing, verbose
            )
        if is_dataset(x):
            user_data.check_dataset(x, y, sample_weight)
            batches = self._dataset_batches("test", x, steps, "steps")
        else:
            user_data.check_steps(x, steps, "steps")
            parts = self._prepare(x, y, sample_weight, batch_size=batch_size)
            batches = self._batches("test", parts, batch_size, False, steps)
        return single(Loop(self, batches, "test", callbacks, verbose=verbose).run())

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
        """The outputs; a list of them if the model has several; see `fit`."""
        self._check_call("predict")
        _check_input(x)
        batch_size = self._batch_size(batch_size, steps, x)
        if is_generator(x):
            return self.predict_generator(
                x, steps, callbacks, max_queue_size, workers, use_multiprocessing, verbose
            )
        if is_dataset(x):
            batches = self._dataset_batches("predict", x, steps, "steps")
        else:
            user_data.check_steps(x, steps, "steps")
            inputs = self._prepare(x, batch_size=batch_size)[0]
            batches = self._batches("predict", (inputs, [], None), batch_size, False, steps)
        return single(Loop(self, batches, "predict", callbacks, verbose=verbose).run())

    # -- generators

    def fit_generator(
        self,
        generator: Any,
        steps_per_epoch: Any = None,
        epochs: int = 1,
        verbose: int = 1,
        callbacks: Any = None,
        validation_data: Any = None,
        validation_steps: Any = None,
        validation_freq: Any = 1,
        class_weight: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        shuffle: bool = True,
        initial_epoch: int = 0,
    ) -> History:
        """Trains on what a generator gives; see `fit`.

        Args:
          generator: gives tuples of inputs and targets, perhaps weights; or a
            `tf.keras.utils.Sequence` of such.
          steps_per_epoch: needed for generators; default for a Sequence: its length.
          validation_data: arrays, a dataset, or again a generator.
          max_queue_size: how many batches may be made ahead.
          workers: how many threads make them; 0 for none.
          use_multiprocessing: has no effect: threads make the batches.
          shuffle: whether the batches of a Sequence have another order in each epoch.

        Raises:
          ValueError: the number of steps is not known, or what comes does not fit.
        """
        self._check_call("fit_generator")
        return self._fit_generator(
            generator,
            steps_per_epoch,
            epochs,
            verbose,
            callbacks,
            validation_data,
            validation_steps,
            validation_freq,
            initial_epoch,
            class_weight=class_weight,
            max_queue_size=max_queue_size,
            workers=workers,
            use_multiprocessing=use_multiprocessing,
            shuffle=shuffle,
        )

    def _fit_generator(
        self,
        data: Any,
        steps: Any,
        epochs: int,
        verbose: int,
        callbacks: Any,
        held_out: Any,
        held_out_steps: Any,
        frequency: Any,
        initial_epoch: int,
        **how: Any,
    ) -> History:
        if is_generator(held_out) and not hasattr(held_out, "__len__") and not held_out_steps:
            raise ValueError("Please specify the `validation_steps` argument.")
        batches = self._generated_batches("train", data, steps, "steps_per_epoch", **how)
        how = {k: how[k] for k in ("max_queue_size", "workers", "use_multiprocessing")}

        def validate(callbacks: Any, epoch: int) -> list[Any]:
            name = "validation_steps"
            if is_dataset(held_out):
                made = self._dataset_batches("test", held_out, held_out_steps, name)
            else:
                size = batches.batch_size
                made = self._generated_batches(
                    "test", held_out, held_out_steps, name, batch_size=size, **how
                )
            return list(Loop(self, made, "test", callbacks, verbose=verbose).run())

        has = held_out is not None
        loop = Loop(self, batches, "train", callbacks, epochs, verbose, has)
        loop.run(initial_epoch, validate if has else None, frequency)
        return self.history

    def evaluate_generator(
        self,
        generator: Any,
        steps: Any = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int = 0,
    ) -> Any:
        """Evaluates on what a generator gives; see `fit_generator` and `evaluate`."""
        self._check_call("evaluate_generator")
        return self._over("test", generator, steps, callbacks, verbose, max_queue_size, workers)

    def predict_generator(
        self,
        generator: Any,
        steps: Any = None,
        callbacks: Any = None,
        max_queue_size: int = 10,
        workers: int = 1,
        use_multiprocessing: bool = False,
        verbose: int = 0,
    ) -> Any:
        """The outputs for what a generator gives; see `fit_generator` and `predict`."""
        return self._over("predict", generator, steps, callbacks, verbose, max_queue_size, workers)

    def _over(
        self,
        mode: str,
        data: Any,
        steps: Any,
        callbacks: Any,
        verbose: int,
        size: int,
        workers: int,
    ) -> Any:
        how = {"max_queue_size": size, "workers": workers}
        batches = self._generated_batches(mode, data, steps, "steps", **how)
        return single(Loop(self, batches, mode, callbacks, verbose=verbose).run())

    # -- single batches

    def predict_on_batch(self, x: Any) -> Any:
        """The outputs for one batch."""
        self._check_call("predict_on_batch")
        if is_dataset(x):
            x = user_data.unpacked(_first(x))[0]
        return single(self._function("predict")(self._prepare(x)[0]))

    def train_on_batch(
        self,
        x: Any,
        y: Any = None,
        sample_weight: Any = None,
        class_weight: Any = None,
        reset_metrics: bool = True,
    ) -> Any:
        """Trains on one batch; gives the loss, and the metrics after it in a list; see `fit`.

        Args:
          reset_metrics: whether the metrics begin anew afterwards, rather than go on.
        """
        self._check_compiled()
        self._check_call("train_on_batch")
        return self._on_batch("train", x, y, sample_weight, class_weight, reset_metrics)

    def test_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, reset_metrics: bool = True
    ) -> Any:
        """The loss of one batch, and the metrics after it in a list; see `train_on_batch`."""
        self._check_compiled()
        self._check_call("test_on_batch")
        return self._on_batch("test", x, y, sample_weight, None, reset_metrics)

    def _on_batch(
        self, mode: str, x: Any, y: Any, weights: Any, classes: Any, reset_metrics: bool
    ) -> Any:
        if is_dataset(x):
            user_data.check_dataset(x, y, weights)
            x, y, weights = user_data.unpacked(_first(x))
        parts = self._prepare(x, y, weights, classes)
        found = self._runner(mode, parts)([*parts[0], *parts[1], *(parts[2] or ())])
        if reset_metrics:
            self.reset_metrics()
        return single(found)


def _first(dataset: Any) -> Any:
    """The tensors of a dataset's first element."""
    if executing_eagerly():
        return next(iter(dataset))
    iterator = make_initializable_iterator(dataset)
    get_session().run(iterator.initializer)
    return iterator.get_next()


def _input_for(value: Any, name: str) -> Any:
    """A placeholder for arrays like this one; tensors of datasets are not used themselves."""
    if is_tensor(value) or isinstance(value, TensorSpec):
        shape = value.shape.as_list()
        dtype = value.dtype
    else:
        value = np.asarray(value)
        shape, dtype = list(value.shape), dtypes.as_dtype(value.dtype)
        dtype = dtypes.as_dtype(backend.floatx()) if dtype.is_floating else dtype
    with backend.symbolic_graph():
        return placeholder(dtype, [None, *(shape[1:] or (1,))], name=name)


def _check_input(x: Any) -> None:
    if isinstance(x, (Iterator, IteratorV2)):
        raise ValueError(
            "For performance reasons Keras `fit`, `evaluate` and`predict` accept tf.data "
            "`Datasets` as input but not iterators that have been manually generated from Datasets "
            "by users. Please directly pass in the original `Dataset` object instead of passing in "
            "`iter(dataset)`."
        )


def _epochs(epochs: int, others: dict[str, Any]) -> int:
    """The argument `epochs` or its earlier name; TypeError for any other one."""
    if "nb_epoch" in others:
        logging.warning("The `nb_epoch` argument in `fit` has been renamed `epochs`.")
        epochs = others.pop("nb_epoch")
    if others:
        raise TypeError("Unrecognized keyword arguments: " + str(others))
    return epochs


def _check_generator(y: Any, weights: Any, split: Any = None) -> None:
    """ValueError for targets, weights or a split beside a generator."""
    place = {"`y`": "targets as the second", "`sample_weight`": "sample weights as the third"}
    for value, name in ((y, "`y`"), (weights, "`sample_weight`")):
        if value is not None:
            raise ValueError(
                f"{name} argument is not supported when data isa generator or Sequence instance. "
                f"Instead pass {place[name]} element of the generator."
            )
    if split:
        raise ValueError(
            "If your data is in the form of a Python generator, you cannot use `validation_split`."
        )


def _warn_of_steps(x: Any, steps: Any) -> None:
    leaves = list(x.values()) if isinstance(x, dict) else [x]
    if steps is not None and any(isinstance(v, (np.ndarray, list, tuple)) for v in leaves):
        logging.warning(
            "When passing input data as arrays, do not specify `steps_per_epoch`/`steps` argument. "
            "Please use `batch_size` instead."
        )


def _split(parts: Data, share: float) -> tuple[Data, Data]:
    """The first and the last examples."""
    if any(user_data.is_symbolic(a) for a in parts[0]):
        raise ValueError(
            "If your data is in the form of symbolic tensors, you cannot use `validation_split`."
        )
    at = int(len(parts[0][0]) * (1.0 - share))

    def cut(part: slice) -> Data:
        x, y, weights = ([a if a is None else a[part] for a in p or ()] for p in parts)
        return x, y, weights if parts[2] is not None else None

    return cut(slice(0, at)), cut(slice(at, None))
