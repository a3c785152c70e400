"""What the documentation shows is true: examples run, links lead somewhere."""

import contextlib
import io
import re
from pathlib import Path

import pytest
from contract.sources import ROOT

import evergraph

PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
EXAMPLES = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.S)
PRINTED = re.compile(r"print\(.*\)  # (.*)$", re.M)


@pytest.mark.parametrize("example", EXAMPLES, ids=range(len(EXAMPLES)))
def test_readme_examples(example: str) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out), evergraph.Graph().as_default():
        exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    assert out.getvalue().splitlines() == PRINTED.findall(example)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links(page: Path) -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text())
    assert not [link for link in links if not (page.parent / link).exists()]
