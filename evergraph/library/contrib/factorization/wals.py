"""`tf.contrib.factorization.WALSMatrixFactorization`."""

from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import array_ops, grouping, math_ops, state_ops, variable_scope
from evergraph.api.cond import cond
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import colocate_with, control_dependencies
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.library.contrib.factorization.factorization_ops import WALSModel
from evergraph.library.contrib.learn.estimator import Estimator
from evergraph.library.contrib.learn.model_fn import ModeKeys, ModelFnOps
from evergraph.library.summary import summary
from evergraph.library.train import training_util
from evergraph.library.train.session_run_hook import SessionRunArgs, SessionRunHook


class _SweepHook(SessionRunHook):
    """Runs the updates of rows or columns, and before each sweep what prepares it."""

    def __init__(
        self,
        is_row_sweep_var: Any,
        is_sweep_done_var: Any,
        init_op: Any,
        row_prep_ops: list[Any],
        col_prep_ops: list[Any],
        row_train_op: Any,
        col_train_op: Any,
        switch_op: Any,
    ) -> None:
        self._is_row_sweep_var = is_row_sweep_var
        self._is_sweep_done_var = is_sweep_done_var
        self._init_op = init_op
        self._row_prep_ops = row_prep_ops
        self._col_prep_ops = col_prep_ops
        self._row_train_op = row_train_op
        self._col_train_op = col_train_op
        self._switch_op = switch_op
        self._is_initialized = False

    def before_run(self, run_context: Any) -> SessionRunArgs:
        session = run_context.session
        is_sweep_done = session.run(self._is_sweep_done_var)
        if not self._is_initialized:
            logging.info("SweepHook running init op.")
            session.run(self._init_op)
        if is_sweep_done:
            logging.info("SweepHook starting the next sweep.")
            session.run(self._switch_op)
        is_row_sweep = session.run(self._is_row_sweep_var)
        if is_sweep_done or not self._is_initialized:
            axis = "row" if is_row_sweep else "col"
            logging.info(f"SweepHook running prep ops for the {axis} sweep.")
            for op in self._row_prep_ops if is_row_sweep else self._col_prep_ops:
                session.run(op)
        self._is_initialized = True
        logging.info("Next fit step starting.")
        return SessionRunArgs(fetches=[self._row_train_op if is_row_sweep else self._col_train_op])


class _IncrementGlobalStepHook(SessionRunHook):
    """Counts runs in the global step, if there is one."""

    def __init__(self) -> None:
        global_step = training_util.get_global_step()
        self._global_step_incr_op: Any = None
        if global_step is not None:
            counted = state_ops.assign_add(global_step, 1, name="global_step_incr")
            self._global_step_incr_op = counted.op

    def before_run(self, run_context: Any) -> None:
        if self._global_step_incr_op is not None:
            run_context.session.run(self._global_step_incr_op)


class _StopAtSweepHook(SessionRunHook):
    """Stops after a number of sweeps."""

    def __init__(self, last_sweep: int) -> None:
        self._last_sweep = last_sweep

    def begin(self) -> None:
        name = WALSMatrixFactorization.COMPLETED_SWEEPS
        try:
            self._completed_sweeps_var = get_default_graph().get_tensor_by_name(f"{name}:0")
        except KeyError:
            raise RuntimeError(
                f"{name} counter should be created to use StopAtSweepHook."
            ) from None

    def before_run(self, run_context: Any) -> SessionRunArgs:
        return SessionRunArgs(self._completed_sweeps_var)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        if run_values.results >= self._last_sweep:
            run_context.request_stop()


def _state(initial: Any, name: str) -> Any:
    return variable_scope.variable(
        initial, trainable=False, name=name, collections=[GraphKeys.GLOBAL_VARIABLES]
    )


def _training(model: WALSModel, rows: Any, cols: Any, params: dict[str, Any]) -> ModelFnOps:
    """What trains: rows and columns in turn, as the hook says."""
    is_row_sweep = _state(True, "is_row_sweep")
    is_sweep_done_var = _state(False, "is_sweep_done")
    completed = _state(0, WALSMatrixFactorization.COMPLETED_SWEEPS)
    loss_var = _state(0.0, WALSMatrixFactorization.LOSS)
    rwse_var = _state(0.0, WALSMatrixFactorization.RWSE)
    summary.scalar("loss", loss_var)
    summary.scalar("root_weighted_squared_error", rwse_var)
    summary.scalar("completed_sweeps", completed)

    def axis_ops(
        sp_input: Any, count: int, update: Callable[..., Any], transposed: bool, axis: str
    ) -> tuple[Any, Any]:
        """What marks all as not yet updated, and what updates those of the input."""
        nothing = array_ops.fill(dims=[count], value=False)
        with colocate_with(nothing):
            processed = _state(nothing, f"processed_{axis}")
        _, updated, loss, reg, weights = update(sp_input=sp_input, transpose_input=transposed)
        indices = sp_input.indices[:, 0]
        told = [
            updated,
            state_ops.assign(loss_var, loss + reg),
            state_ops.assign(rwse_var, math_ops.sqrt(loss / weights)),
        ]
        with control_dependencies(told):
            with colocate_with(processed):
                marked = state_ops.scatter_update(
                    processed,
                    indices,
                    array_ops.ones_like(indices, dtype=dtypes.bool),
                    name=f"update_processed_{axis}_indices",
                )
            with control_dependencies([marked]):
                is_done = math_ops.reduce_all(processed)
                train_op = grouping.group(
                    state_ops.assign(is_sweep_done_var, is_done),
                    state_ops.assign_add(completed, math_ops.cast(is_done, dtypes.int32)),
                    name=f"{axis}_sweep_train_op",
                )
        return processed.initializer, train_op

    reset_rows, row_op = axis_ops(rows, params["num_rows"], model.update_row_factors, False, "rows")
    reset_cols, col_op = axis_ops(cols, params["num_cols"], model.update_col_factors, True, "cols")
    switch_op = grouping.group(
        state_ops.assign(is_row_sweep, math_ops.logical_not(is_row_sweep)),
        reset_rows,
        reset_cols,
        name="sweep_switch_op",
    )
    hooks: list[SessionRunHook] = [
        _SweepHook(
            is_row_sweep,
            is_sweep_done_var,
            model.worker_init,
            [model.row_update_prep_gramian_op, model.initialize_row_update_op],
            [model.col_update_prep_gramian_op, model.initialize_col_update_op],
            row_op,
            col_op,
            switch_op,
        ),
        _IncrementGlobalStepHook(),
    ]
    if params["max_sweeps"] is not None:
        hooks.append(_StopAtSweepHook(params["max_sweeps"]))
    return ModelFnOps(
        mode=ModeKeys.TRAIN,
        predictions={},
        loss=loss_var,
        eval_metric_ops={},
        train_op=grouping.no_op(),
        training_hooks=hooks,
    )


def _wals_factorization_model_function(
    features: Any, labels: Any, mode: Any, params: dict[str, Any]
) -> ModelFnOps:
    assert labels is None
    is_training = mode == ModeKeys.TRAIN
    model = WALSModel(
        params["num_rows"],
        params["num_cols"],
        params["embedding_dimension"],
        unobserved_weight=params["unobserved_weight"],
        regularization=params["regularization_coeff"],
        row_init=params["row_init"],
        col_init=params["col_init"],
        num_row_shards=params["num_row_shards"],
        num_col_shards=params["num_col_shards"],
        row_weights=params["row_weights"],
        col_weights=params["col_weights"],
        use_factors_weights_cache=params["use_factors_weights_cache_for_training"] and is_training,
        use_gramian_cache=params["use_gramian_cache_for_training"] and is_training,
    )
    keys = WALSMatrixFactorization
    rows, cols = features[keys.INPUT_ROWS], features[keys.INPUT_COLS]
    if is_training:
        return _training(model, rows, cols, params)
    if mode == ModeKeys.INFER:
        weights = features.get(keys.PROJECTION_WEIGHTS)
        projected = cond(
            features[keys.PROJECT_ROW],
            lambda: model.project_row_factors(
                sp_input=rows, projection_weights=weights, transpose_input=False
            ),
            lambda: model.project_col_factors(
                sp_input=cols, projection_weights=weights, transpose_input=True
            ),
        )
        return ModelFnOps(
            mode=ModeKeys.INFER,
            predictions={keys.PROJECTION_RESULT: projected},
            loss=None,
            eval_metric_ops={},
            train_op=grouping.no_op(),
            training_hooks=[],
        )
    if mode == ModeKeys.EVAL:

        def loss_of(update: Callable[..., Any], sp_input: Any, transposed: bool) -> Any:
            _, _, loss, reg, _ = update(sp_input=sp_input, transpose_input=transposed)
            return loss + reg

        loss = cond(
            features[keys.PROJECT_ROW],
            lambda: loss_of(model.update_row_factors, rows, False),
            lambda: loss_of(model.update_col_factors, cols, True),
        )
        return ModelFnOps(
            mode=ModeKeys.EVAL,
            predictions={},
            loss=loss,
            eval_metric_ops={},
            train_op=grouping.no_op(),
            training_hooks=[],
        )
    raise ValueError(f"mode={mode} is not recognized.")


@export("contrib.factorization.WALSMatrixFactorization")
class WALSMatrixFactorization(Estimator):
    """An estimator of a sparse matrix as a product of two, by weighted alternating least squares;
    see `WALSModel`. Stands for `tf.contrib.factorization.WALSMatrixFactorization`.

    Input functions give features and no labels: INPUT_ROWS and INPUT_COLS are SparseTensors with
    some rows of the matrix and of its transpose; PROJECT_ROW, a bool, says which of them to
    evaluate or to project; PROJECTION_WEIGHTS, which may lack, are the weights of these. All rows
    and columns must come in training, since a sweep ends when it has seen them all.

    Args:
      num_rows, num_cols: the matrix' shape.
      embedding_dimension: the rank.
      unobserved_weight, row_init, col_init, num_row_shards, num_col_shards, row_weights,
        col_weights: see `WALSModel`.
      regularization_coeff: the weight of the factors' squares in the loss, or None.
      use_factors_weights_cache_for_training, use_gramian_cache_for_training: see `WALSModel`.
      max_sweeps: after how many sweeps training ends.
      model_dir, config: see `tf.contrib.learn.Estimator`.

    Raises:
      ValueError: there are several workers.
    """

    INPUT_ROWS = "input_rows"
    INPUT_COLS = "input_cols"
    PROJECT_ROW = "project_row"
    PROJECTION_WEIGHTS = "projection_weights"
    PROJECTION_RESULT = "projection"
    COMPLETED_SWEEPS = "completed_sweeps"
    LOSS = "WALS_loss"
    RWSE = "WALS_RWSE"

    def __init__(
        self,
        num_rows: int,
        num_cols: int,
        embedding_dimension: int,
        unobserved_weight: float = 0.1,
        regularization_coeff: float | None = None,
        row_init: Any = "random",
        col_init: Any = "random",
        num_row_shards: int = 1,
        num_col_shards: int = 1,
        row_weights: Any = 1,
        col_weights: Any = 1,
        use_factors_weights_cache_for_training: bool = True,
        use_gramian_cache_for_training: bool = True,
        max_sweeps: int | None = None,
        model_dir: str | None = None,
        config: Any = None,
    ) -> None:
        params = {
            "num_rows": num_rows,
            "num_cols": num_cols,
            "embedding_dimension": embedding_dimension,
            "unobserved_weight": unobserved_weight,
            "regularization_coeff": regularization_coeff,
            "row_init": row_init,
            "col_init": col_init,
            "num_row_shards": num_row_shards,
            "num_col_shards": num_col_shards,
            "row_weights": row_weights,
            "col_weights": col_weights,
            "max_sweeps": max_sweeps,
            "use_factors_weights_cache_for_training": use_factors_weights_cache_for_training,
            "use_gramian_cache_for_training": use_gramian_cache_for_training,
        }
        self._row_factors_names = [f"row_factors_shard_{i}" for i in range(num_row_shards)]
        self._col_factors_names = [f"col_factors_shard_{i}" for i in range(num_col_shards)]
        super().__init__(
            model_fn=_wals_factorization_model_function,
            params=params,
            model_dir=model_dir,
            config=config,
        )
        if self._config is not None and self._config.num_worker_replicas > 1:
            raise ValueError("WALSMatrixFactorization must be run on a single worker replica.")

    def get_row_factors(self) -> list[Any]:
        """The trained factors of rows, an array a shard."""
        return [self.get_variable_value(name) for name in self._row_factors_names]

    def get_col_factors(self) -> list[Any]:
        """The trained factors of columns, an array a shard."""
        return [self.get_variable_value(name) for name in self._col_factors_names]

    def get_projections(self, input_fn: Any) -> Iterator[Any]:
        """The factors of the rows or columns that `input_fn` gives."""
        return (result[self.PROJECTION_RESULT] for result in self.predict(input_fn=input_fn))
