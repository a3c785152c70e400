"""tf.contrib.distributions against TensorFlow."""

import pytest
from ops import case_runner

SETS = {name: case_runner.load(name) for name in ("contrib_distribution_cases", "bijector_cases")}
NAMES = [(of, name) for of, (cases, _) in SETS.items() for name in cases]


@pytest.mark.parametrize(("of", "name"), NAMES)
def test_contrib_distributions(of: str, name: str) -> None:
    cases, golden = SETS[of]
    case_runner.check(cases[name], golden[name])
