"""Where things lie: the checkout, and the folder `shared` beside it."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def shared() -> Path:
    """The folder of reference material beside the checkout; it may not exist.

    It is $EVERGRAPH_SHARED where that is set, else `../shared` as seen from the checkout, else as
    seen from the main checkout of which this one is a git worktree.
    """
    if "EVERGRAPH_SHARED" in os.environ:
        return Path(os.environ["EVERGRAPH_SHARED"])
    beside = ROOT.parent / "shared"
    if beside.is_dir() or not (ROOT / ".git").is_file():
        return beside
    command = ["git", "-C", str(ROOT), "rev-parse", "--path-format=absolute", "--git-common-dir"]
    found = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return Path(found).parent.parent / "shared" if found else beside
