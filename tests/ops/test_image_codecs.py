"""Images in files against TensorFlow: pixels and bytes are equal."""

import pytest
from ops import case_runner

CASES, GOLDEN = case_runner.load("image_codec_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])
