"""Elements of batches taken more or less often: `tf.contrib.training.resample_at_rate`."""

from typing import Any

from evergraph.api import array_ops, math_ops, random_ops, tensor_array_ops
from evergraph.api.cond import cond
from evergraph.api.variable_scope import get_local_variable, variable_scope
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.train.moving_averages import assign_moving_average


def _repeat_range(counts: Any, name: str | None = None) -> Tensor:
    """Each number i as often as ``counts[i]``: an int32 vector.

    Args:
      counts: an int32 vector.
    """
    with name_scope(name, "repeat_range", [counts]) as scope:
        counts = convert_to_tensor(counts, name="counts")
        size = array_ops.shape(counts)[0]

        def body(output: Any, i: Tensor) -> Any:
            value = array_ops.fill(counts[i : i + 1], i)
            return output.write(i, value), i + 1

        repeated = tensor_array_ops.TensorArray(dtype=dtypes.int32, size=size, infer_shape=False)
        repeated, count = while_loop(lambda output, i: i < size, body, [repeated, 0])
        return cond(
            count > 0,
            repeated.concat,
            lambda: array_ops.zeros(shape=[0], dtype=dtypes.int32),
            name=scope,
        )


@export("contrib.training.resample_at_rate")
def resample_at_rate(
    inputs: Any,
    rates: Any,
    scope: str | None = None,
    seed: int | None = None,
    back_prop: bool = False,
) -> list[Tensor]:
    """Takes each row as often as a Poisson number says. Stands for
    `tf.contrib.training.resample_at_rate`.

    Args:
      inputs: tensors, [batch, ...].
      rates: [batch], how often each row is taken on average.
      scope: a name for the nodes.
      seed: of the numbers.
      back_prop: whether gradients flow through the choice.
    """
    with name_scope(scope, "resample_at_rate", [*inputs, rates]):
        rates = convert_to_tensor(rates, name="rates")
        counts = math_ops.cast(
            random_ops.random_poisson(rates, (), rates.dtype, seed=seed), dtypes.int32
        )
        rows = _repeat_range(counts)
        if not back_prop:
            rows = array_ops.stop_gradient(rows)
        return [array_ops.gather(x, rows) for x in inputs]


@export("contrib.training.weighted_resample")
def weighted_resample(
    inputs: list[Any],
    weights: Any,
    overall_rate: Any,
    scope: str | None = None,
    mean_decay: float = 0.999,
    seed: int | None = None,
) -> tuple[list[Tensor], Tensor]:
    """Takes each row as often as its weight says, against a moving mean of weights. Stands for
    `tf.contrib.training.weighted_resample`.

    Args:
      inputs: tensors, [batch, ...].
      weights: [batch].
      overall_rate: how often a row of mean weight is taken, on average.
      scope: a name for the nodes.
      mean_decay: of the moving mean, a local variable.
      seed: of the numbers.

    Returns:
      The tensors, of any number of rows, and the rate of each row.
    """
    with name_scope(scope, "weighted_resample", inputs) as op_scope:
        with variable_scope(scope, "estimate_mean", inputs):
            estimated = get_local_variable(
                "estimated_mean",
                initializer=math_ops.cast(0, weights.dtype),
                dtype=weights.dtype,
            )
            mean = assign_moving_average(estimated, math_ops.reduce_mean(weights), mean_decay)
        rates = weights * overall_rate / mean
        taken = resample_at_rate([rates, *inputs], rates, scope=op_scope, seed=seed)
        return taken[1:], taken[0]
