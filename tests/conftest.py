"""Makes tools and test helpers importable, and finds the reference material beside the checkout."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "tools")]

import paths  # noqa: E402

from evergraph.graph import scopes  # noqa: E402


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder `shared` beside the checkout; the test is skipped where there is none."""
    found = paths.shared()
    if not found.is_dir():
        pytest.skip("needs the folder ../shared, or EVERGRAPH_SHARED")
    return found


@pytest.fixture(autouse=True)
def no_session_left() -> Iterator[None]:
    """A session that a test leaves as the default one is not the next test's."""
    yield
    scopes.session_stack.reset()
