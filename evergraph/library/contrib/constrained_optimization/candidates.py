"""The best of several solutions of a constrained problem."""

import importlib
from typing import Any

import numpy as np

from evergraph.base.export import export


def _check_shapes(objective_vector: Any, constraints_matrix: Any) -> tuple[int, int]:
    """The numbers of constraints and of candidates."""
    constraints, candidates = np.shape(constraints_matrix)
    if (candidates,) != np.shape(objective_vector):
        raise ValueError(
            "objective_vector must have shape (n,), and constraints_matrix (m, n), where n is the "
            "number of candidates, and m is the number of constraints"
        )
    return constraints, candidates


def _find_best_candidate_distribution_helper(
    objective_vector: Any, constraints_matrix: Any, maximum_violation: float = 0.0
) -> tuple[Any, str | None]:
    """The best distribution whose constraints are exceeded by `maximum_violation` at most, or None
    with a text why there is none."""
    if maximum_violation < 0.0:
        raise ValueError("maximum_violation must be nonnegative")
    constraints, candidates = _check_shapes(objective_vector, constraints_matrix)
    optimize = importlib.import_module("scipy.optimize")  # SciPy is no requirement
    result = optimize.linprog(
        objective_vector,
        A_ub=constraints_matrix,
        b_ub=np.full((constraints, 1), maximum_violation),
        A_eq=np.ones((1, candidates)),
        b_eq=np.ones((1, 1)),
        bounds=(0, None),
    )
    return (result.x, None) if result.success else (None, result.message)


@export("contrib.constrained_optimization.find_best_candidate_distribution")
def find_best_candidate_distribution(
    objective_vector: Any, constraints_matrix: Any, epsilon: float = 0.0
) -> Any:
    """The distribution over candidates with the smallest expected objective among those that exceed
    the constraints least. Needs SciPy.

    Stands for `tf.contrib.constrained_optimization.find_best_candidate_distribution`.

    Args:
      objective_vector: the objective of each of n candidates, shape [n].
      constraints_matrix: their constraints, shape [m, n].
      epsilon: how exactly the least excess is found.

    Returns:
      An array of shape [n]; m + 1 of its elements at most are not zero.

    Raises:
      ImportError: there is no SciPy.
      ValueError: shapes do not fit, or `epsilon` is negative.
    """
    if epsilon < 0.0:
        raise ValueError("epsilon must be nonnegative")
    best, _ = _find_best_candidate_distribution_helper(objective_vector, constraints_matrix)
    if best is not None:
        return best
    # `lower` cannot be had, `upper` can: by the candidate that exceeds least.
    lower, upper = 0.0, np.min(np.amax(constraints_matrix, axis=0))
    best, _ = _find_best_candidate_distribution_helper(objective_vector, constraints_matrix, upper)
    assert best is not None
    while True:
        middle = 0.5 * (lower + upper)
        if middle - lower <= epsilon or upper - middle <= epsilon:
            return best
        found, _ = _find_best_candidate_distribution_helper(
            objective_vector, constraints_matrix, middle
        )
        if found is None:
            lower = middle
        else:
            best, upper = found, middle


@export("contrib.constrained_optimization.find_best_candidate_index")
def find_best_candidate_index(
    objective_vector: Any, constraints_matrix: Any, rank_objectives: bool = False
) -> Any:
    """The candidate whose worst rank is best, among several that with the smallest objective. Needs
    SciPy.

    Stands for `tf.contrib.constrained_optimization.find_best_candidate_index`.

    Args:
      objective_vector: the objective of each of n candidates, shape [n].
      constraints_matrix: their constraints, shape [m, n]; they are ranked by how far they are
        above zero.
      rank_objectives: whether objectives are ranked, too.

    Raises:
      ImportError: there is no SciPy.
      ValueError: shapes do not fit.
    """
    _, candidates = _check_shapes(objective_vector, constraints_matrix)
    rankdata = importlib.import_module("scipy.stats").rankdata  # SciPy is no requirement
    ranks = np.zeros(candidates, dtype=np.int64)
    if rank_objectives:
        ranks = rankdata(objective_vector, method="min")
    for row in np.asarray(constraints_matrix):
        ranks = np.maximum(ranks, rankdata(np.maximum(0.0, row), method="min"))
    best = None
    for i in range(candidates):
        key = (ranks[i], objective_vector[i])
        # Of equal ones the last.
        if best is None or key <= (ranks[best], objective_vector[best]):
            best = i
    return best
