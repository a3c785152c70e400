"""Writes exchange.tar.xz, files of a small model that TensorFlow 1.15.5 and evergraph wrote, and
exchange.json, what TensorFlow reads from either. Run it with evergraph's Python:

python tests/golden/interop/generate_exchange.py     # $ORACLE_PYTHON: TensorFlow's Python 3.7
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
    # A folder of the same name each time, for a constant of the graph holds it.
    command = [python, str(HERE / "exchange.py"), action, library, folder.name]
    result = subprocess.run(
        command, cwd=folder.parent, check=True, stdout=subprocess.PIPE, text=True
    )
    return result.stdout


if __name__ == "__main__":
    pythons = {"tensorflow": ORACLE, "evergraph": sys.executable}
    found = {}
    with (
        tempfile.TemporaryDirectory() as temporary,
        tarfile.open(HERE / "exchange.tar.xz", "w:xz") as archive,
    ):
        folder = Path(temporary)
        for library, python in pythons.items():
            run(python, "write", library, folder / "files")
            (folder / "files").rename(folder / library)
            found[library] = json.loads(run(ORACLE, "read", "tensorflow", folder / library))
            archive.add(folder / library, library)
    (HERE / "exchange.json").write_text(json.dumps(found, indent=0, sort_keys=True) + "\n")
