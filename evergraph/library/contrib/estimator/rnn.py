"""Recurrent networks: `tf.contrib.estimator.RNNClassifier`, `RNNEstimator`."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, check_ops, init_ops, math_ops, shape_checks, variable_scope
from evergraph.api.partitioned_variables import min_max_variable_partitioner
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.estimator.extenders import clip_gradients_by_norm
from evergraph.library.estimator import head as head_lib
from evergraph.library.estimator.estimator import Estimator
from evergraph.library.estimator.linear import MIN_SLICE, check_features, replicas
from evergraph.library.estimator.optimizers import get_optimizer_instance
from evergraph.library.feature_column.input_layer import input_layer
from evergraph.library.feature_column.sequence_layers import sequence_input_layer
from evergraph.library.layers.core import dense
from evergraph.library.losses.losses_impl import Reduction
from evergraph.library.rnn.cell import RNNCell
from evergraph.library.rnn.cells import BasicLSTMCell, BasicRNNCell, GRUCell
from evergraph.library.rnn.dynamic import dynamic_rnn
from evergraph.library.rnn.wrappers import MultiRNNCell
from evergraph.library.summary import summary
from evergraph.library.train import training_util
from evergraph.library.train.optimizer import Optimizer

USE_DEFAULT = object()
_LEARNING_RATE = 0.05
_CLIP_NORM = 5.0
_CELLS = {"basic_rnn": BasicRNNCell, "lstm": BasicLSTMCell, "gru": GRUCell}


def _cell(num_units: int, cell_type: Any) -> Any:
    cell_type = _CELLS.get(cell_type, cell_type)
    if not cell_type or not issubclass(cell_type, RNNCell):
        raise ValueError(f"Supported cell types are {list(_CELLS)}; got {cell_type}")
    return cell_type(num_units=num_units)


def _cell_function(rnn_cell_fn: Any, num_units: Any, cell_type: Any) -> Callable[[str], Any]:
    """A function of the mode that makes a cell. Raises ValueError: it is given in two ways."""
    if rnn_cell_fn:
        if num_units or cell_type != USE_DEFAULT:
            raise ValueError("num_units and cell_type must not be specified when using rnn_cell_fn")
        return rnn_cell_fn  # type: ignore[no-any-return]
    if cell_type == USE_DEFAULT:
        cell_type = "basic_rnn"

    def made(mode: str) -> Any:
        cells = [_cell(size, cell_type) for size in num_units]
        return cells[0] if len(cells) == 1 else MultiRNNCell(cells)

    return made


def _with_context(sequence: Tensor, context: Tensor) -> Tensor:
    """Each step of a sequence with values of the whole."""
    checks = []
    for name, tensor, rank in (("sequence_input", sequence, 3), ("context_input", context, 2)):
        message = f"{name} must have rank {rank}"
        data = [array_ops.shape(tensor)]
        checks.append(shape_checks.assert_rank(tensor, rank, message=message, data=data))
        message = f"{name} must have dtype float32; got {tensor.dtype}."
        checks.append(check_ops.assert_type(tensor, dtypes.float32, message=message))
    with control_dependencies(checks):
        length = array_ops.shape(sequence)[1]
        repeated = array_ops.tile(
            array_ops.expand_dims(context, 1), array_ops.concat([[1], [length], [1]], 0)
        )
    return array_ops.concat([sequence, repeated], 2)


def _last(outputs: Tensor, lengths: Tensor) -> Tensor:
    """The output of each sequence's last step."""
    with name_scope(None, "select_last_activations", values=[outputs, lengths]):
        shape = array_ops.shape(outputs)
        batch, length, units = shape[0], shape[1], shape[2]
        starts = math_ops.to_int64(math_ops.range(batch) * length)
        positions = starts + lengths - 1
        rows = array_ops.reshape(outputs, [batch * length, units])
        found = array_ops.gather(rows, positions)
        found.set_shape([outputs.shape[0], outputs.shape[2]])
        return found


def _logits(
    features: Any, mode: str, units: Any, cell_fn: Any, columns: tuple[Any, Any], partitioner: Any
) -> Tensor:
    if not isinstance(units, int):
        raise ValueError(f"output_units must be an int.  Given type: {type(units)}")
    values = tuple(features.values())
    scope = variable_scope.variable_scope(
        "sequence_input_layer", values=values, partitioner=partitioner
    )
    with scope:
        sequence, length = sequence_input_layer(features=features, feature_columns=columns[0])
        summary.histogram("sequence_length", length)
        if columns[1]:
            context = input_layer(features=features, feature_columns=columns[1])
            sequence = _with_context(sequence, context)
    outputs, _ = dynamic_rnn(
        cell=cell_fn(mode),
        inputs=sequence,
        sequence_length=length,
        dtype=dtypes.float32,
        time_major=False,
    )
    outputs = _last(outputs, length)
    with variable_scope.variable_scope("logits", values=(outputs,)):
        logits: Tensor = dense(
            outputs,
            units=units,
            activation=None,
            kernel_initializer=init_ops.glorot_uniform_initializer(),
        )
    array_ops.sequence_mask(length)  # a node that TensorFlow makes here
    return logits


class _RNN(Estimator):
    """What the two share."""

    def __init__(
        self,
        head: Any,
        columns: tuple[Any, Any],
        cell_fn: Callable[[str], Any],
        model_dir: Any,
        optimizer: Any,
        input_layer_partitioner: Any,
        config: Any,
    ) -> None:
        given = tuple(columns[0] or []), tuple(columns[1] or [])

        def model_fn(features: Any, labels: Any, mode: str, config: Any) -> Any:
            check_features(features)
            chosen = optimizer
            if not isinstance(chosen, Optimizer):
                chosen = get_optimizer_instance(chosen, learning_rate=_LEARNING_RATE)
                chosen = clip_gradients_by_norm(chosen, _CLIP_NORM)
            count = replicas(config)
            partitioner = min_max_variable_partitioner(max_partitions=count)
            values = tuple(features.values())
            with variable_scope.variable_scope("rnn", values=values, partitioner=partitioner):
                of_columns = input_layer_partitioner or min_max_variable_partitioner(
                    max_partitions=count, min_slice_size=MIN_SLICE
                )
                size = head.logits_dimension
                logits = _logits(features, mode, size, cell_fn, given, of_columns)
                return head.create_estimator_spec(
                    features=features,
                    mode=mode,
                    labels=labels,
                    train_op_fn=lambda loss: chosen.minimize(
                        loss, global_step=training_util.get_global_step()
                    ),
                    logits=logits,
                )

        super().__init__(model_fn, model_dir, config)


@export("contrib.estimator.RNNClassifier")
class RNNClassifier(_RNN):
    """Classes from a recurrent network over sequences. Stands for
    `tf.contrib.estimator.RNNClassifier`.

    Args:
      sequence_feature_columns: columns of sequences.
      context_feature_columns: columns whose values go to each step.
      num_units: the sizes of cells, one above the other.
      cell_type: "basic_rnn" (the default), "lstm", "gru", or a class of cells.
      rnn_cell_fn: or a function of the mode that makes the cell.
      model_dir, config: as of Estimator.
      n_classes, weight_column, label_vocabulary, loss_reduction: as of LinearClassifier.
      optimizer: an optimizer, or the name or function of one, whose gradients are clipped.
      input_layer_partitioner: of the columns' variables.

    Raises:
      ValueError: an argument does not fit.
    """

    def __init__(
        self,
        sequence_feature_columns: Any,
        context_feature_columns: Any = None,
        num_units: Any = None,
        cell_type: Any = USE_DEFAULT,
        rnn_cell_fn: Any = None,
        model_dir: Any = None,
        n_classes: int = 2,
        weight_column: Any = None,
        label_vocabulary: Any = None,
        optimizer: Any = "Adagrad",
        loss_reduction: str = Reduction.SUM_OVER_BATCH_SIZE,
        input_layer_partitioner: Any = None,
        config: Any = None,
    ) -> None:
        cell_fn = _cell_function(rnn_cell_fn, num_units, cell_type)
        head = head_lib._binary_logistic_or_multi_class_head(
            n_classes, weight_column, label_vocabulary, loss_reduction
        )
        columns = (sequence_feature_columns, context_feature_columns)
        super().__init__(
            head, columns, cell_fn, model_dir, optimizer, input_layer_partitioner, config
        )


@export("contrib.estimator.RNNEstimator")
class RNNEstimator(_RNN):
    """A recurrent network over sequences under a head of one's own. Stands for
    `tf.contrib.estimator.RNNEstimator`; arguments as of RNNClassifier.

    Raises:
      ValueError: `return_sequences`, for which TensorFlow needs a private kind of heads.
    """

    def __init__(
        self,
        head: Any,
        sequence_feature_columns: Any,
        context_feature_columns: Any = None,
        num_units: Any = None,
        cell_type: Any = USE_DEFAULT,
        rnn_cell_fn: Any = None,
        return_sequences: bool = False,
        model_dir: Any = None,
        optimizer: Any = "Adagrad",
        input_layer_partitioner: Any = None,
        config: Any = None,
    ) -> None:
        cell_fn = _cell_function(rnn_cell_fn, num_units, cell_type)
        if return_sequences:
            raise ValueError(
                "Provided head must be a `_SequentialHead` object when `return_sequences` is set "
                "to True."
            )
        columns = (sequence_feature_columns, context_feature_columns)
        super().__init__(
            head, columns, cell_fn, model_dir, optimizer, input_layer_partitioner, config
        )
