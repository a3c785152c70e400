"""The graph of matrix factorization by weighted alternating least squares."""

import numbers
from collections.abc import Callable, Iterable
from typing import Any

from evergraph.api import (
    array_ops,
    check_ops,
    gathering,
    grouping,
    linalg_ops,
    math_ops,
    random_ops,
    sparse_math,
    sparse_ops,
    state_ops,
    variable_scope,
    variables,
)
from evergraph.api.cond import cond
from evergraph.api.embedding_ops import embedding_lookup
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.apply import apply_op
from evergraph.graph.composite import SparseTensor
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with, control_dependencies, name_scope
from evergraph.graph.keys import GraphKeys


@export("contrib.factorization.WALSModel")
class WALSModel:
    """Factors of a sparse matrix A, whose entries have weights W. Stands for
    `tf.contrib.factorization.WALSModel`.

    The loss is the sum of ``W * (A - U V') ** 2`` over all entries and the regularization times the
    squares of U and V. Observed entries have the weight unobserved_weight + row_weight *
    column_weight, all others unobserved_weight.

    Run `initialize_op` and `worker_init` first. For a sweep over the rows run
    `row_update_prep_gramian_op`, then `initialize_row_update_op`, then the operation of
    `update_row_factors` for all rows; for one over the columns likewise.

    Args:
      input_rows, input_cols: the shape of A.
      n_components: how many columns U and V have.
      unobserved_weight: see above.
      regularization: see above; None: none.
      row_init, col_init: "random", an array, a list of arrays (one a shard), or a function that
        gives one of these.
      num_row_shards, num_col_shards: how many variables U and V are.
      row_weights, col_weights: a number, or lists of weights, one a shard; None for both: all
        entries have unobserved_weight.
      use_factors_weights_cache: whether workers have copies of factors and weights.
      use_gramian_cache: whether workers have copies of the factors' products.
      use_scoped_vars: whether factors and weights are in name scopes of their own.
    """

    def __init__(
        self,
        input_rows: int,
        input_cols: int,
        n_components: int,
        unobserved_weight: float = 0.1,
        regularization: float | None = None,
        row_init: Any = "random",
        col_init: Any = "random",
        num_row_shards: int = 1,
        num_col_shards: int = 1,
        row_weights: Any = 1,
        col_weights: Any = 1,
        use_factors_weights_cache: bool = True,
        use_gramian_cache: bool = True,
        use_scoped_vars: bool = False,
    ) -> None:
        self._input_rows = input_rows
        self._input_cols = input_cols
        self._num_row_shards = num_row_shards
        self._num_col_shards = num_col_shards
        self._n_components = n_components
        self._unobserved_weight = unobserved_weight
        self._regularization = regularization
        self._regularization_matrix = (
            None if regularization is None else regularization * linalg_ops.eye(n_components)
        )
        assert (row_weights is None) == (col_weights is None)
        self._use_factors_weights_cache = use_factors_weights_cache
        self._use_gramian_cache = use_gramian_cache

        def made(make: Callable[..., Any], name: str, *args: Any) -> Any:
            if not use_scoped_vars:
                return make(*args, name)
            with name_scope(name):
                return make(*args, name)

        weights, factors = self._create_weights, self._create_factors
        rows, columns = (input_rows, num_row_shards), (input_cols, num_col_shards)
        self._row_weights = made(weights, "row_weights", row_weights, *rows)
        self._col_weights = made(weights, "col_weights", col_weights, *columns)
        self._row_factors = made(
            factors, "row_factors", input_rows, n_components, num_row_shards, row_init
        )
        self._col_factors = made(
            factors, "col_factors", input_cols, n_components, num_col_shards, col_init
        )
        self._row_gramian = self._create_gramian(n_components, "row_gramian")
        self._col_gramian = self._create_gramian(n_components, "col_gramian")
        with name_scope("row_prepare_gramian"):
            self._row_update_prep_gramian = self._prepare_gramian(
                self._col_factors, self._col_gramian
            )
        with name_scope("col_prepare_gramian"):
            self._col_update_prep_gramian = self._prepare_gramian(
                self._row_factors, self._row_gramian
            )
        with name_scope("transient_vars"):
            self._create_transient_vars()

    @property
    def row_factors(self) -> list[Any]:
        """The variables of U."""
        return self._row_factors

    @property
    def col_factors(self) -> list[Any]:
        """The variables of V."""
        return self._col_factors

    @property
    def row_weights(self) -> Any:
        """The variables of the rows' weights, or None."""
        return self._row_weights

    @property
    def col_weights(self) -> Any:
        """The variables of the columns' weights, or None."""
        return self._col_weights

    @property
    def initialize_op(self) -> Any:
        """The operation that initializes the variables."""
        every = [*self._row_factors, *self._col_factors, self._row_gramian, self._col_gramian]
        if self._row_weights is not None:
            every += [*self._row_weights, *self._col_weights]
        return variables.variables_initializer(every)

    @classmethod
    def _shard_sizes(cls, dims: int, num_shards: int) -> list[int]:
        size, more = divmod(dims, num_shards)
        return [size + 1] * more + [size] * (num_shards - more)

    @classmethod
    def _create_factors(cls, rows: int, cols: int, num_shards: int, init: Any, name: str) -> Any:
        if callable(init):
            init = init()
        is_random = isinstance(init, str) and init == "random"
        if isinstance(init, list):
            assert len(init) == num_shards
        elif not is_random and num_shards == 1:
            init = [init]

        def initial(i: int, size: int) -> Any:
            return random_ops.random_normal([size, cols]) if is_random else init[i]

        return cls._shards(rows, num_shards, initial, name)

    @classmethod
    def _create_weights(cls, wt_init: Any, num_wts: int, num_shards: int, name: str) -> Any:
        if wt_init is None:
            return None
        is_list = isinstance(wt_init, Iterable)
        if is_list:
            if num_shards == 1 and len(wt_init) == num_wts:
                wt_init = [wt_init]
            assert len(wt_init) == num_shards
        elif not (isinstance(wt_init, numbers.Real) and wt_init >= 0):
            raise ValueError(
                "Invalid weight initialization argument. Must be one of these: None, a real "
                "non-negative real number, or a list of lists of non-negative real numbers (or "
                "equivalent iterables) corresponding to sharded factors."
            )

        def initial(i: int, size: int) -> Any:
            return wt_init[i] if is_list else wt_init * array_ops.ones([size])

        return cls._shards(num_wts, num_shards, initial, name)

    @classmethod
    def _shards(cls, length: int, count: int, initial: Callable[..., Any], name: str) -> list[Any]:
        return [
            variable_scope.variable(
                lambda i=i, size=size: initial(i, size),
                dtype=dtypes.float32,
                name=f"{name}_shard_{i}",
            )
            for i, size in enumerate(cls._shard_sizes(length, count))
        ]

    @staticmethod
    def _create_gramian(n_components: int, name: str) -> Any:
        zeros = array_ops.zeros([n_components, n_components])
        return variable_scope.variable(zeros, dtype=dtypes.float32, name=name)

    @staticmethod
    def _transient_var(name: str) -> Any:
        """A variable of the worker's, of any shape."""
        return variable_scope.variable(
            1.0,
            trainable=False,
            collections=[GraphKeys.LOCAL_VARIABLES],
            validate_shape=False,
            name=name,
        )

    def _prepare_gramian(self, factors: list[Any], gramian: Any) -> Any:
        parts = []
        for f in factors:
            with colocate_with(f):
                parts.append(math_ops.matmul(f, f, transpose_a=True))
        with colocate_with(gramian):
            return state_ops.assign(gramian, math_ops.add_n(parts)).op

    def _cached_copy(self, var: Any, name: str, pass_through: bool) -> tuple[Any, Any, Any]:
        """Variables with copies of `var`, and the operations that copy and that forget."""
        if var is None:
            return None, None, None
        if pass_through:
            return var, grouping.no_op(), grouping.no_op()
        if not isinstance(var, list):
            cache = self._transient_var(name)
            with colocate_with(cache):
                copied = state_ops.assign(cache, var, validate_shape=False)
                return cache, copied, state_ops.assign(cache, 1.0, validate_shape=False)
        assert var
        caches = [self._transient_var(f"{name}_shard_{i}") for i in range(len(var))]
        copied, forgotten = None, []
        for c, v in zip(caches, var, strict=True):
            with colocate_with(c):
                with control_dependencies([] if copied is None else [copied]):
                    copied = state_ops.assign(c, v, validate_shape=False)
                forgotten.append(state_ops.assign(c, 1.0, validate_shape=False))
        return caches, copied, grouping.group(*forgotten)

    def _create_transient_vars(self) -> None:
        whole, gramians = not self._use_factors_weights_cache, not self._use_gramian_cache
        self._row_factors_cache, rows, rows_reset = self._cached_copy(
            self._row_factors, "row_factors_cache", whole
        )
        self._col_factors_cache, cols, cols_reset = self._cached_copy(
            self._col_factors, "col_factors_cache", whole
        )
        self._row_wt_cache, row_weights, _ = self._cached_copy(
            self._row_weights, "row_wt_cache", whole
        )
        self._col_wt_cache, col_weights, _ = self._cached_copy(
            self._col_weights, "col_wt_cache", whole
        )
        self._row_gramian_cache, row_gramian, row_gramian_reset = self._cached_copy(
            self._row_gramian, "row_gramian_cache", gramians
        )
        self._col_gramian_cache, col_gramian, col_gramian_reset = self._cached_copy(
            self._col_gramian, "col_gramian_cache", gramians
        )
        self._row_updates_init = grouping.group(cols, rows_reset, col_gramian, row_gramian_reset)
        self._col_updates_init = grouping.group(rows, cols_reset, row_gramian, col_gramian_reset)
        if self._row_wt_cache is None:
            self._worker_init = grouping.no_op(name="worker_init")
        else:
            self._worker_init = grouping.group(row_weights, col_weights, name="worker_init")

    @property
    def worker_init(self) -> Any:
        """The operation that a worker runs once, after `initialize_op`."""
        return self._worker_init

    @property
    def row_update_prep_gramian_op(self) -> Any:
        """The operation to run once before each sweep over the rows."""
        return self._row_update_prep_gramian

    @property
    def col_update_prep_gramian_op(self) -> Any:
        """The operation to run once before each sweep over the columns."""
        return self._col_update_prep_gramian

    @property
    def initialize_row_update_op(self) -> Any:
        """The operation that each worker runs before a sweep over the rows."""
        return self._row_updates_init

    @property
    def initialize_col_update_op(self) -> Any:
        """The operation that each worker runs before a sweep over the columns."""
        return self._col_updates_init

    @staticmethod
    def _get_sharding_func(size: int, num_shards: int) -> Callable[[Any], tuple[Any, Any]]:
        """From numbers of rows to shards, and to rows of these."""

        def function(ids: Any) -> tuple[Any, Any]:
            if num_shards == 1:
                return None, ids
            per_shard, more = size // num_shards, size % num_shards
            shards = math_ops.maximum(ids // (per_shard + 1), (ids - more) // per_shard)
            rows = array_ops.where_v2(
                shards < more, ids % (per_shard + 1), (ids - more) % per_shard
            )
            return shards, rows

        return function

    @classmethod
    def scatter_update(
        cls, factor: list[Any], indices: Any, values: Any, sharding_func: Any, name: Any = None
    ) -> Any:
        """The operation that sets rows of the shards `factor`.

        Args:
          factor: the variables.
          indices: the rows' numbers in all.
          values: the rows.
          sharding_func: from numbers to shards and rows of these.
          name: the operation's name.
        """
        assert isinstance(factor, list)
        if len(factor) == 1:
            with colocate_with(factor[0]):
                return state_ops.scatter_update(factor[0], indices, values, name=name).op
        shards, rows = sharding_func(indices)
        assert shards is not None
        shards = math_ops.cast(shards, dtypes.int32)
        count = len(factor)
        rows = gathering.dynamic_partition(rows, shards, count)
        values = gathering.dynamic_partition(values, shards, count)
        updates = [
            state_ops.scatter_update(*given) for given in zip(factor, rows, values, strict=True)
        ]
        return grouping.group(*updates, name=name)

    def update_row_factors(self, sp_input: Any = None, transpose_input: bool = False) -> Any:
        """What solves for rows of U.

        Args:
          sp_input: a SparseTensor, float32: some rows of A, with their numbers in A.
          transpose_input: whether these are columns of its transpose.

        Returns:
          The new rows, the operation that sets them, the loss of A's rows without regularization,
          the regularization, and the sum of weights; the last three extrapolated to all rows.
        """
        return self._process(True, sp_input, transpose_input)

    def update_col_factors(self, sp_input: Any = None, transpose_input: bool = False) -> Any:
        """What solves for rows of V; see `update_row_factors`."""
        return self._process(False, sp_input, transpose_input)

    def project_row_factors(
        self, sp_input: Any = None, transpose_input: bool = False, projection_weights: Any = None
    ) -> Any:
        """The rows of U that rows of A would have, whatever their numbers.

        Args:
          sp_input: a SparseTensor, float32.
          transpose_input: whether rows are columns of it.
          projection_weights: the rows' weights, a vector or a scalar; by default 1.
        """
        weights = 1 if projection_weights is None else projection_weights
        return self._process(True, sp_input, transpose_input, weights)[0]

    def project_col_factors(
        self, sp_input: Any = None, transpose_input: bool = False, projection_weights: Any = None
    ) -> Any:
        """The rows of V that columns of A would have; see `project_row_factors`."""
        weights = 1 if projection_weights is None else projection_weights
        return self._process(False, sp_input, transpose_input, weights)[0]

    def _process(
        self, of_rows: bool, sp_input: Any, transpose_input: bool, row_weights: Any = None
    ) -> Any:
        assert isinstance(sp_input, SparseTensor)
        if of_rows:
            left, right_factors = self._row_factors, self._col_factors_cache
            row_wt, col_wt = self._row_wt_cache, self._col_wt_cache
            total_rows, total_cols = self._input_rows, self._input_cols
            shards = self._num_row_shards
            gramian = self._col_gramian_cache
        else:
            left, right_factors = self._col_factors, self._row_factors_cache
            row_wt, col_wt = self._col_wt_cache, self._row_wt_cache
            total_rows, total_cols = self._input_cols, self._input_rows
            shards = self._num_col_shards
            gramian = self._row_gramian_cache
            transpose_input = not transpose_input
        sharding_func = self._get_sharding_func(total_rows, shards)

        # Rows and columns that there are, numbered anew.
        row_ids, col_ids = array_ops.split(value=sp_input.indices, num_or_size_splits=2, axis=1)
        row_numbers, all_rows = array_ops.unique(row_ids[:, 0])
        col_numbers, all_cols = array_ops.unique(col_ids[:, 0])
        col_ids = array_ops.expand_dims(math_ops.cast(all_cols, dtypes.int64), 1)
        row_ids = array_ops.expand_dims(math_ops.cast(all_rows, dtypes.int64), 1)
        solved, given = (
            (col_numbers, row_numbers) if transpose_input else (row_numbers, col_numbers)
        )
        given_count = [math_ops.cast(array_ops.shape(given)[0], dtypes.int64)]
        num_rows = math_ops.cast(array_ops.shape(solved)[0], dtypes.int64)
        right = embedding_lookup(right_factors, given, partition_strategy="div")
        indices = array_ops.concat([row_ids, col_ids], 1)
        shape = [given_count, [num_rows]] if transpose_input else [[num_rows], given_count]
        matrix = SparseTensor(
            indices=indices,
            values=sp_input.values,
            dense_shape=array_ops.concat(shape, 0),
        )

        lhs = self._unobserved_weight * gramian
        if self._regularization_matrix is not None:
            lhs += self._regularization_matrix
        row_slice = col_slice = None
        if self._row_weights is None:
            rhs = self._unobserved_weight * sparse_math.sparse_tensor_dense_matmul(
                matrix, right, adjoint_a=transpose_input
            )
            new_rows = array_ops.transpose(linalg_ops.matrix_solve(lhs, array_ops.transpose(rhs)))
        else:
            row_slice = self._weights_of(row_wt, solved, row_weights)
            col_slice = embedding_lookup(col_wt, given, partition_strategy="div")
            partial_lhs, rhs = apply_op(
                "WALSComputePartialLhsAndRhs",
                right,
                col_slice,
                self._unobserved_weight,
                row_slice,
                matrix.indices,
                matrix.values,
                [],
                num_rows,
                transpose_input,
                name="wals_compute_partial_lhs_rhs",
            )
            lhs = array_ops.expand_dims(lhs, 0) + partial_lhs
            rhs = array_ops.expand_dims(rhs, -1)
            new_rows = array_ops.squeeze(linalg_ops.matrix_solve(lhs, rhs), [2])
        update_op = self.scatter_update(
            left, solved, new_rows, sharding_func, name="row_update" if of_rows else "col_update"
        )
        if transpose_input:
            matrix = sparse_ops.sparse_transpose(matrix)
        scale = (total_rows, total_cols, num_rows)
        losses = self._losses(matrix, new_rows, right, gramian, row_slice, col_slice, *scale)
        return (new_rows, update_op, *losses)

    def _weights_of(self, row_wt: Any, solved: Any, row_weights: Any) -> Any:
        """The weights of the rows solved for: the variables', or `row_weights`."""
        if row_weights is None:
            return embedding_lookup(row_wt, solved, partition_strategy="div")
        count = array_ops.shape(solved)[0]
        check = check_ops.assert_less_equal(array_ops.rank(row_weights), 1)
        with control_dependencies([check]):
            return cond(
                math_ops.equal(array_ops.rank(row_weights), 0),
                lambda: array_ops.ones([count]) * row_weights,
                lambda: math_ops.cast(row_weights, dtypes.float32),
            )

    def _losses(
        self,
        matrix: SparseTensor,
        new_rows: Any,
        right: Any,
        gramian: Any,
        row_slice: Any,
        col_slice: Any,
        total_rows: int,
        total_cols: int,
        num_rows: Any,
    ) -> tuple[Any, Any, Any]:
        """The loss, the regularization, the sum of weights."""
        approx = SparseTensor(
            matrix.indices,
            apply_op(
                "MaskedMatmul",
                new_rows,
                right,
                matrix.indices,
                transpose_a=False,
                transpose_b=True,
            ),
            matrix.dense_shape,
        )
        approx_squares = math_ops.square(approx)
        squares = math_ops.square(sparse_math.sparse_add(matrix, approx * (-1)))
        row_column = (
            constant(0.0) if self._row_weights is None else array_ops.expand_dims(row_slice, 1)
        )
        col_row = (
            constant(0.0) if self._col_weights is None else array_ops.expand_dims(col_slice, 0)
        )
        own_gramian = math_ops.matmul(new_rows, new_rows, transpose_a=True)
        factor = total_rows / math_ops.cast(num_rows, dtypes.float32)
        loss = (
            self._unobserved_weight
            * (
                sparse_math.sparse_reduce_sum(squares)
                - sparse_math.sparse_reduce_sum(approx_squares)
                + math_ops.trace(math_ops.matmul(own_gramian, gramian))
            )
            + sparse_math.sparse_reduce_sum(row_column * (squares * col_row))
        ) * factor
        if self._regularization is None:
            regularization = constant(0.0)
        else:
            regularization = self._regularization * (
                math_ops.trace(own_gramian) * factor + math_ops.trace(gramian)
            )
        weights = self._unobserved_weight * math_ops.cast(total_rows * total_cols, dtypes.float32)
        if self._row_weights is not None:
            ones = SparseTensor(
                indices=matrix.indices,
                values=array_ops.ones(array_ops.shape(matrix.values)),
                dense_shape=matrix.dense_shape,
            )
            weights += sparse_math.sparse_reduce_sum(row_column * (ones * col_row)) * factor
        return loss, regularization, weights
