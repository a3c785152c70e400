"""Linear operators made of others, or of few numbers, against TensorFlow."""

import numpy as np
import pytest
from ops import case_runner

import evergraph as tf
from evergraph.library.linalg.linear_operator_addition import add_operators

CASES, GOLDEN = case_runner.load("structured_operator_cases")


@pytest.mark.parametrize("name", CASES)
def test_structured_operators(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def test_sums_are_as_simple_as_they_can_be() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        lib = tf.linalg
        operators = [
            lib.LinearOperatorIdentity(2, name="one"),
            lib.LinearOperatorScaledIdentity(2, 3.0, name="many"),
            lib.LinearOperatorDiag([1.0, 4.0], is_positive_definite=True, name="diag"),
            lib.LinearOperatorLowerTriangular([[1.0, 9.0], [5.0, 6.0]], name="tril"),
            lib.LinearOperatorFullMatrix([[1.0, 1.0], [1.0, 2.0]], name="full"),
        ]
        kinds = ["ScaledIdentity", "Diag", "LowerTriangular", "FullMatrix"]
        for count, kind in enumerate(kinds, 2):
            [total] = add_operators(operators[:count])
            assert type(total).__name__ == f"LinearOperator{kind}"
            dense = sum(operator.to_dense() for operator in operators[:count])
            np.testing.assert_allclose(*session.run([total.to_dense(), dense]))
        [pair] = add_operators(operators[:2], operator_name="sum")
        assert (pair.name, pair.is_self_adjoint) == ("sum", True)
        with pytest.raises(ValueError, match="same domain dimension. Found: .*'one', 2"):
            add_operators([operators[0], lib.LinearOperatorIdentity(3)])
        with pytest.raises(TypeError, match="Operator type unknown"):
            add_operators([operators[0], lib.LinearOperatorHouseholder([1.0, 2.0])])
