"""Training operations, and a loop around them."""

from collections.abc import Callable
from typing import Any

from evergraph.api import array_ops, clip_ops, grouping, variables
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.composite import IndexedSlices
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import (
    control_dependencies,
    get_collection,
    get_collection_ref,
    name_scope,
)
from evergraph.graph.keys import GraphKeys
from evergraph.library.summary import summary
from evergraph.library.train import monitored_session, training_util
from evergraph.library.train.optimizer import Optimizer

_USE_GLOBAL_STEP = 0


@export("contrib.training.add_gradients_summaries")
def add_gradients_summaries(grads_and_vars: Any) -> list[Any]:
    """A histogram and the norm of each gradient, as summaries. Stands for
    `tf.contrib.training.add_gradients_summaries`.

    Args:
      grads_and_vars: pairs of a gradient, or None, and its variable.
    """
    summaries = []
    for grad, var in grads_and_vars:
        if grad is None:
            logging.info("Var %s has no gradient", var.op.name)
            continue
        values = grad.values if isinstance(grad, IndexedSlices) else grad
        summaries.append(summary.histogram(var.op.name + "_gradient", values))
        norm = clip_ops.global_norm([values])
        summaries.append(summary.scalar(var.op.name + "_gradient_norm", norm))
    return summaries


def _mapped(function: Callable[[Any], Any], grad: Any) -> Any:
    """A function of a gradient; of sparse ones, of their values."""
    if isinstance(grad, IndexedSlices):
        return IndexedSlices(function(grad.values), grad.indices, grad.dense_shape)
    return function(grad)


@export("contrib.training.clip_gradient_norms")
def clip_gradient_norms(gradients_to_variables: Any, max_norm: float) -> list[Any]:
    """Gradients scaled down to a norm, each by itself. Stands for
    `tf.contrib.training.clip_gradient_norms`.

    Args:
      gradients_to_variables: pairs of a gradient, or None, and its variable.
      max_norm: the largest norm.
    """
    return [
        (
            None if grad is None else _mapped(lambda g: clip_ops.clip_by_norm(g, max_norm), grad),
            var,
        )
        for grad, var in gradients_to_variables
    ]


@export("contrib.training.clip_gradient_norms_fn")
def clip_gradient_norms_fn(max_norm: float) -> Callable[[Any], list[Any]]:
    """`clip_gradient_norms` as a function of the pairs alone. Stands for
    `tf.contrib.training.clip_gradient_norms_fn`."""
    return lambda gradients_to_variables: clip_gradient_norms(gradients_to_variables, max_norm)


@export("contrib.training.multiply_gradients")
def multiply_gradients(grads_and_vars: Any, gradient_multipliers: Any) -> list[Any]:
    """Gradients times factors. Stands for `tf.contrib.training.multiply_gradients`.

    Args:
      grads_and_vars: a list of pairs of a gradient and its variable.
      gradient_multipliers: factors by variable or its name.

    Raises:
      ValueError: an argument is of another type or empty, or a gradient None.
    """
    if not isinstance(grads_and_vars, list):
        raise ValueError("`grads_and_vars` must be a list.")
    if not gradient_multipliers:
        raise ValueError("`gradient_multipliers` is empty.")
    if not isinstance(gradient_multipliers, dict):
        raise ValueError("`gradient_multipliers` must be a dict.")
    multiplied = []
    for grad, var in grads_and_vars:
        key = var if var in gradient_multipliers else var.op.name
        if key in gradient_multipliers:
            if grad is None:
                raise ValueError("Requested multiple of `None` gradient.")
            factor, dtype = gradient_multipliers[key], grad.dtype
            grad = _mapped(
                lambda g, factor=factor, dtype=dtype: g * convert_to_tensor(factor, dtype=dtype),
                grad,
            )
        multiplied.append((grad, var))
    return multiplied


@export("contrib.training.create_train_op")
def create_train_op(
    total_loss: Any,
    optimizer: Any,
    global_step: Any = _USE_GLOBAL_STEP,
    update_ops: Any = None,
    variables_to_train: Any = None,
    transform_grads_fn: Callable[[Any], Any] | None = None,
    summarize_gradients: bool = False,
    gate_gradients: int = Optimizer.GATE_OP,
    aggregation_method: Any = None,
    colocate_gradients_with_ops: bool = False,
    check_numerics: bool = True,
) -> Any:
    """A tensor that trains one step and gives the loss before it. Stands for
    `tf.contrib.training.create_train_op`.

    Args:
      total_loss: a scalar.
      optimizer: an Optimizer.
      global_step: counts the steps; None for none, default: the graph's, made if need be.
      update_ops: run before the loss; default: the collection UPDATE_OPS.
      variables_to_train: default: all that can be trained.
      transform_grads_fn: changes the pairs of gradients and variables.
      summarize_gradients: whether to add summaries of gradients.
      gate_gradients: as for `Optimizer.compute_gradients`, as are the next two.
      aggregation_method: how gradients are summed.
      colocate_gradients_with_ops: whether gradients are where their operations are.
      check_numerics: whether a run fails where the loss is not finite.
    """
    if global_step is _USE_GLOBAL_STEP:
        global_step = training_util.get_or_create_global_step()
    everything = set(get_collection(GraphKeys.UPDATE_OPS))
    update_ops = everything if update_ops is None else set(update_ops)
    if not everything.issubset(update_ops):
        logging.warning(
            "update_ops in create_train_op does not contain all the update_ops in "
            "GraphKeys.UPDATE_OPS"
        )
    if update_ops:
        with control_dependencies(update_ops):
            barrier = grouping.no_op(name="update_barrier")
        total_loss = grouping.with_dependencies([barrier], total_loss)
    if variables_to_train is None:
        variables_to_train = variables.trainable_variables()
    else:
        for v in variables_to_train:
            assert v.trainable or v in variables.trainable_variables()
    assert variables_to_train
    grads = optimizer.compute_gradients(
        total_loss,
        variables_to_train,
        gate_gradients=gate_gradients,
        aggregation_method=aggregation_method,
        colocate_gradients_with_ops=colocate_gradients_with_ops,
    )
    if transform_grads_fn:
        grads = transform_grads_fn(grads)
    if summarize_gradients:
        with name_scope("summarize_grads"):
            add_gradients_summaries(grads)
    grad_updates = optimizer.apply_gradients(grads, global_step=global_step)
    with name_scope("train_op"):
        if check_numerics:
            total_loss = array_ops.check_numerics(total_loss, "LossTensor is inf or nan")
        train_op = grouping.with_dependencies([grad_updates], total_loss)
    train_ops = get_collection_ref(GraphKeys.TRAIN_OP)
    if train_op not in train_ops:
        train_ops.append(train_op)
    return train_op


@export("contrib.training.train")
def train(
    train_op: Any,
    logdir: str | None,
    master: str = "",
    is_chief: bool = True,
    scaffold: Any = None,
    hooks: Any = None,
    chief_only_hooks: Any = None,
    save_checkpoint_secs: float | None = 600,
    save_summaries_steps: int | None = 100,
    config: Any = None,
    max_wait_secs: float = 7200,
    run_metadata: Any = None,
) -> Any:
    """Trains until a hook stops, and gives the last loss. Stands for `tf.contrib.training.train`.

    Args:
      train_op: trains one step, and gives the loss.
      logdir: folder of the checkpoints and of the event file.
      master: the session's target.
      is_chief: whether to save and write.
      scaffold: a Scaffold.
      hooks: SessionRunHooks.
      chief_only_hooks: SessionRunHooks of the chief.
      save_checkpoint_secs: seconds between checkpoints; None for none.
      save_summaries_steps: steps between summaries; None for none.
      config: a ConfigProto.
      max_wait_secs: how long workers wait for the chief.
      run_metadata: takes the timing of the last run.

    Raises:
      ValueError: there is no folder for what is to be written.
    """
    if logdir is None and is_chief:
        if save_summaries_steps:
            raise ValueError("logdir cannot be None when save_summaries_steps is not None")
        if save_checkpoint_secs:
            raise ValueError("logdir cannot be None when save_checkpoint_secs is not None")
    with monitored_session.MonitoredTrainingSession(
        master=master,
        is_chief=is_chief,
        checkpoint_dir=logdir,
        scaffold=scaffold,
        hooks=hooks,
        chief_only_hooks=chief_only_hooks,
        save_checkpoint_secs=save_checkpoint_secs,
        save_summaries_steps=save_summaries_steps,
        config=config,
        max_wait_secs=max_wait_secs,
    ) as session:
        loss = None
        while not session.should_stop():
            loss = session.run(train_op, run_metadata=run_metadata)
    return loss
