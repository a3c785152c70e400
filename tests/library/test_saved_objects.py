"""SavedModels of objects against TensorFlow."""

import pytest
from behaviour import Behaviour

CASES = Behaviour("saved_objects")
# A variable that an eager function captures has another name inside.
KNOWN = {"refused": ["untracked"]}


@pytest.mark.parametrize("name", CASES.names)
def test_saved_objects(name: str) -> None:
    CASES.check(name, KNOWN.get(name, ()))
