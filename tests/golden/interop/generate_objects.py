"""Writes objects.tar.xz, checkpoints of objects that TensorFlow 1.15.5 and evergraph wrote, and
objects.json, what TensorFlow reads from either. Run it with evergraph's Python:

python tests/golden/interop/generate_objects.py     # $ORACLE_PYTHON: TensorFlow's Python 3.7
"""

import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ORACLE = os.environ.get("ORACLE_PYTHON", "/tmp/oracle/bin/python")


def run(python: str, action: str, library: str, folder: Path) -> str:
    command = [python, str(HERE / "objects.py"), action, library, str(folder)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


if __name__ == "__main__":
    found = {}
    with (
        tempfile.TemporaryDirectory() as temporary,
        tarfile.open(HERE / "objects.tar.xz", "w:xz") as archive,
    ):
        for library, python in (("tensorflow", ORACLE), ("evergraph", sys.executable)):
            folder = Path(temporary) / library
            folder.mkdir()
            run(python, "write", library, folder)
            found[library] = json.loads(run(ORACLE, "read", "tensorflow", folder))
            archive.add(folder, library)
    (HERE / "objects.json").write_text(json.dumps(found, indent=0, sort_keys=True) + "\n")
