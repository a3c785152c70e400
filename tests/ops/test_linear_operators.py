"""Linear operators against TensorFlow."""

import pytest
from ops import case_runner

import evergraph as tf
from evergraph.library.linalg import linear_operator_algebra as algebra

CASES, GOLDEN = case_runner.load("linear_operator_cases")


@pytest.mark.parametrize("name", CASES)
def test_linear_operators(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def test_rules_of_a_programs_own_class() -> None:
    class Mine(tf.linalg.LinearOperatorDiag):
        pass

    class Derived(Mine):
        pass

    with tf.Graph().as_default():
        operator = Derived([1.0 + 2j])
        assert type(operator.adjoint()) is tf.linalg.LinearOperatorDiag
        algebra.RegisterAdjoint(Mine)(lambda operator: operator)
        assert operator.adjoint() is operator
        with pytest.raises(ValueError, match=r"Adjoint\(Mine\) has already been registered"):
            algebra.RegisterAdjoint(Mine)(lambda operator: operator)
        with pytest.raises(TypeError, match="matmul_fn must be callable, received: 1"):
            algebra.RegisterMatmul(Mine, Mine)(1)


def test_operators_of_variables_on_a_tape() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        operator = tf.linalg.LinearOperatorDiag(tf.Variable([2.0, 3.0], use_resource=True))
        session.run(tf.global_variables_initializer())
        with tf.GradientTape(persistent=True) as tape:
            # The first gives the variable itself.
            found = [operator.diag_part(), operator.determinant()]
        gradients = [tape.gradient(y, operator.variables)[0] for y in found]
        assert [g.tolist() for g in session.run(gradients)] == [[1, 1], [3, 2]]
