"""The graph of mixtures of Gaussians, trained by expectation and maximization."""

from typing import Any

import numpy as np

from evergraph.api import (
    array_ops,
    check_ops,
    grouping,
    linalg_ops,
    math_ops,
    random_ops,
    state_ops,
    variable_scope,
    variables,
)
from evergraph.api.cond import cond
from evergraph.api.control_flow_ops import with_dependencies
from evergraph.api.embedding_ops import embedding_lookup
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.graph.constant import constant
from evergraph.graph.defaults import colocate_with, control_dependencies
from evergraph.graph.tensor import Tensor

MEPS = np.finfo(float).eps
FULL_COVARIANCE = "full"
DIAG_COVARIANCE = "diag"


def _covariance(x: Any, diag: bool) -> Tensor:
    """The covariance of rows, or its diagonal as a row."""
    count = math_ops.cast(array_ops.shape(x)[0], dtypes.float32)
    x -= math_ops.reduce_mean(x, 0, keepdims=True)
    if diag:
        return math_ops.reduce_sum(math_ops.square(x), 0, keepdims=True) / (count - 1)
    return math_ops.matmul(x, x, transpose_a=True) / (count - 1)


def _init_clusters_random(data: list[Any], num_clusters: int, random_seed: int) -> Tensor:
    """Rows drawn from the data."""
    count = math_ops.add_n([array_ops.shape(part)[0] for part in data])
    with control_dependencies([check_ops.assert_less_equal(num_clusters, count)]):
        indices = random_ops.random_uniform(
            [num_clusters],
            minval=0,
            maxval=math_ops.cast(count, dtypes.int64),
            seed=random_seed,
            dtype=dtypes.int64,
        )
    indices %= math_ops.cast(count, dtypes.int64)
    return embedding_lookup(data, indices, partition_strategy="div")


@export("contrib.factorization.GmmAlgorithm")
class GmmAlgorithm:
    """The graph of a mixture of Gaussians. Stands for `tf.contrib.factorization.GmmAlgorithm`.

    Args:
      data: matrices of points, float32, a point a row.
      num_classes: how many Gaussians.
      initial_means: a matrix, or None: points drawn from the data.
      params: what is trained: "w" weights, "m" means, "c" covariances.
      covariance_type: "full" or "diag".
      random_seed: the seed of what is drawn.

    Raises:
      Exception: there is no such type of covariances.
    """

    CLUSTERS_WEIGHT = "alphas"
    CLUSTERS_VARIABLE = "clusters"
    CLUSTERS_COVS_VARIABLE = "clusters_covs"

    def __init__(
        self,
        data: list[Any],
        num_classes: int,
        initial_means: Any = None,
        params: str = "wmc",
        covariance_type: str = FULL_COVARIANCE,
        random_seed: int = 0,
    ) -> None:
        self._params = params
        self._random_seed = random_seed
        self._covariance_type = covariance_type
        if covariance_type not in (DIAG_COVARIANCE, FULL_COVARIANCE):
            raise Exception(f"programmer error: Invalid covariance type: {covariance_type}")
        # One a part of the data: log-likelihoods of points in classes, of points, memberships.
        self._probs: list[Any] = []
        self._prior_probs: list[Any] = []
        self._w: list[Any] = []
        self._points_in_k: list[Any] = []
        self._w_mul_x: list[Any] = []
        self._w_mul_x2: list[Any] = []
        self._dimensions = array_ops.shape(data[0])[1]
        self._num_classes = num_classes
        # Keeps covariances invertible.
        ones = array_ops.ones(array_ops.stack([self._dimensions]))
        self._min_var = array_ops.diag(ones) * 1e-3
        self._create_variables()
        self._initialize_variables(data, initial_means)
        for part in data:
            self._define_part(part)
        self._define_maximization(len(data))
        self._log_likelihood_op = math_ops.reduce_logsumexp(
            [math_ops.reduce_logsumexp(prior) for prior in self._prior_probs]
        )
        scores = [
            prior + math_ops.log(w) for prior, w in zip(self._prior_probs, self._w, strict=True)
        ]
        self._scores = array_ops.squeeze(
            math_ops.reduce_logsumexp(scores, axis=2, keepdims=True), axis=0
        )

    def _create_variables(self) -> None:
        nothing = constant([], dtype=dtypes.float32)
        self._means = variables.VariableV1(
            nothing, name=self.CLUSTERS_VARIABLE, validate_shape=False
        )
        self._covs = variables.VariableV1(
            nothing, name=self.CLUSTERS_COVS_VARIABLE, validate_shape=False
        )
        self._alpha = variable_scope.variable(
            array_ops.tile([1.0 / self._num_classes], [self._num_classes]),
            name=self.CLUSTERS_WEIGHT,
            validate_shape=False,
        )
        self._cluster_centers_initialized = variables.VariableV1(
            False, dtype=dtypes.bool, name="initialized"
        )

    def _initialize_variables(self, data: list[Any], initial_means: Any) -> None:
        if initial_means is None:
            initial_means = _init_clusters_random(data, self._num_classes, self._random_seed)
        means = array_ops.expand_dims(initial_means, 1)
        full = self._covariance_type == FULL_COVARIANCE
        cov = _covariance(data[0], not full) + self._min_var
        if full:
            covs = array_ops.tile(array_ops.expand_dims(cov, 0), [self._num_classes, 1, 1])
        else:
            row = array_ops.expand_dims(array_ops.diag_part(cov), 0)
            covs = array_ops.tile(row, [self._num_classes, 1])
        flag = self._cluster_centers_initialized
        with colocate_with(flag):
            initialized = with_dependencies([means, covs], array_ops.identity(flag))
        self._init_ops = []
        for variable, value in ((self._means, means), (self._covs, covs)):
            with colocate_with(variable):
                assigned = state_ops.assign(variable, value, validate_shape=False)
                done = with_dependencies([assigned], state_ops.assign(flag, True))
                first = cond(initialized, grouping.no_op, lambda done=done: done)
                self._init_ops.append(first.op)

    def init_ops(self) -> Any:
        """The operation that initializes means and covariances, once."""
        return grouping.group(*self._init_ops)

    def training_ops(self) -> Any:
        """The operation that takes a step."""
        return grouping.group(*self._train_ops)

    def is_initialized(self) -> Any:
        """The variable that says whether means and covariances are initialized."""
        return self._cluster_centers_initialized

    def alphas(self) -> Any:
        """The weights."""
        return self._alpha

    def clusters(self) -> Any:
        """The means: num_classes x 1 x dimensions."""
        return self._means

    def covariances(self) -> Any:
        """The covariances: num_classes x dimensions x dimensions, or without the last."""
        return self._covs

    def assignments(self) -> list[Tensor]:
        """The likeliest class of each point, a vector a part of the data."""
        return [math_ops.argmax(w, 1) for w in self._w]

    def scores(self) -> Tensor:
        """The log-likelihoods of points."""
        return self._scores

    def log_likelihood_op(self) -> Tensor:
        """What the loss is: the logarithm of the sum of likelihoods."""
        return self._log_likelihood_op

    def _full_probs(self, part: Any) -> Tensor:
        diff = part - self._means
        cholesky = linalg_ops.cholesky(self._covs + self._min_var)
        log_det = 2.0 * math_ops.reduce_sum(math_ops.log(array_ops.matrix_diag_part(cholesky)), 1)
        columns = array_ops.transpose(diff, perm=[0, 2, 1])
        squares = math_ops.square(linalg_ops.matrix_triangular_solve(cholesky, columns, lower=True))
        distances = array_ops.transpose(math_ops.reduce_sum(squares, 1))
        constant_part = math_ops.cast(self._dimensions, dtypes.float32) * math_ops.log(2 * np.pi)
        return -0.5 * (distances + constant_part + log_det)

    def _diag_probs(self, part: Any) -> Tensor:
        log_det = math_ops.reduce_sum(math_ops.log(self._covs + 1e-3), 1, keepdims=True)
        squares = math_ops.squared_difference(part, self._means)
        inverse = array_ops.expand_dims(1.0 / (self._covs + 1e-3), 2)
        distances = math_ops.matmul(squares, inverse)
        distances = array_ops.transpose(array_ops.squeeze(distances, [2]))
        constant_part = math_ops.cast(self._dimensions, dtypes.float32) * math_ops.log(2.0 * np.pi)
        return -0.5 * (constant_part + array_ops.transpose(log_det) + distances)

    def _define_part(self, part: Any) -> None:
        """What a step needs of a part of the data."""
        num_examples = array_ops.shape(part)[0]
        part = array_ops.expand_dims(part, 0)
        full = self._covariance_type == FULL_COVARIANCE
        probs = self._full_probs(part) if full else self._diag_probs(part)
        probs += math_ops.log(self._alpha)
        prior = math_ops.reduce_logsumexp(probs, axis=1, keepdims=True)
        w = array_ops.reshape(
            math_ops.exp(array_ops.expand_dims(probs, 0) - prior),
            array_ops.stack([num_examples, self._num_classes]),
        )
        self._probs.append(probs)
        self._prior_probs.append(prior)
        self._w.append(w)
        self._points_in_k.append(math_ops.reduce_sum(w, 0, keepdims=True))
        sums = math_ops.matmul(w, array_ops.squeeze(part, [0]), transpose_a=True)
        self._w_mul_x.append(array_ops.expand_dims(sums, 1))
        x = array_ops.concat([part for _ in range(self._num_classes)], 0)
        columns = array_ops.transpose(x, perm=[0, 2, 1])
        weighted = array_ops.concat(
            [
                array_ops.expand_dims(columns[k, :, :] * w[:, k], 0)
                for k in range(self._num_classes)
            ],
            0,
        )
        self._w_mul_x2.append(math_ops.matmul(weighted, x))

    def _define_maximization(self, num_batches: int) -> None:
        with control_dependencies(self._w):
            points_in_k = array_ops.squeeze(math_ops.add_n(self._points_in_k), axis=[0])
            if "w" in self._params:
                mean_points = points_in_k / num_batches
                count = math_ops.cast(math_ops.reduce_sum(mean_points), dtypes.float32)
                alpha = self._alpha.assign(mean_points / (count + MEPS))
            else:
                alpha = grouping.no_op()
            self._train_ops = [alpha]
            points = array_ops.reshape(points_in_k, [self._num_classes, 1, 1])
            if "m" in self._params:
                total = math_ops.add_n(self._w_mul_x)
                means = self._means.assign(math_ops.div(total, points + MEPS))
            else:
                means = grouping.no_op()
            with control_dependencies([means]):
                squares = math_ops.add_n(self._w_mul_x2) / (points + MEPS)
                covs = []
                for k in range(self._num_classes):
                    mean = self._means.value()[k, :, :]
                    product = math_ops.matmul(mean, mean, transpose_a=True)
                    cov = squares[k, :, :] - product + self._min_var
                    if self._covariance_type == DIAG_COVARIANCE:
                        cov = array_ops.diag_part(cov)
                    covs.append(array_ops.expand_dims(cov, 0))
                new_covs = array_ops.concat(covs, 0)
                if "c" in self._params:
                    with control_dependencies([means, new_covs]):
                        self._train_ops.append(
                            state_ops.assign(self._covs, new_covs, validate_shape=False)
                        )


@export("contrib.factorization.gmm")
def gmm(
    inp: Any,
    initial_clusters: Any,
    num_clusters: int,
    random_seed: int,
    covariance_type: str = FULL_COVARIANCE,
    params: str = "wmc",
) -> tuple[Any, ...]:
    """The graph of a mixture of Gaussians. Stands for `tf.contrib.factorization.gmm`.

    Args:
      inp: a matrix of points, float32, a point a row; or a list of matrices.
      initial_clusters: a matrix of means, or "random".
      num_clusters: how many Gaussians.
      random_seed: the seed of what is drawn.
      covariance_type: "full" or "diag".
      params: what is trained: "w" weights, "m" means, "c" covariances.

    Returns:
      The loss, the log-likelihoods of points, a list with the list of assignments, the operations
      that take a step and that initialize, and whether that is done.
    """
    means = None
    # A tensor is no text, and is not taken as means either.
    if not isinstance(initial_clusters, Tensor) and not (
        isinstance(initial_clusters, str) and initial_clusters == "random"
    ):
        means = constant(initial_clusters, dtype=dtypes.float32)
    data = inp if isinstance(inp, list) else [inp]
    tool = GmmAlgorithm(data, num_clusters, means, params, covariance_type, random_seed)
    assignments = tool.assignments()
    return (
        tool.log_likelihood_op(),
        tool.scores(),
        [assignments],
        tool.training_ops(),
        tool.init_ops(),
        tool.is_initialized(),
    )
