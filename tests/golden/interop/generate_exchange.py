"""Writes exchange.tar.xz, files of a small model that TensorFlow 1.15.5 and evergraph wrote, and
exchange.json, what TensorFlow reads from either; or the same for another script beside this one.
Run it with evergraph's Python:

python tests/golden/interop/generate_exchange.py [exchange|vocabularies]

$ORACLE_PYTHON is TensorFlow's Python 3.7.
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


def run(python: str, script: str, action: str, library: str, folder: Path) -> str:
    # A folder of the same name each time, for a constant of the graph holds it.
    command = [python, str(HERE / f"{script}.py"), action, library, folder.name]
    result = subprocess.run(
        command, cwd=folder.parent, check=True, stdout=subprocess.PIPE, text=True
    )
    return result.stdout


if __name__ == "__main__":
    pythons = {"tensorflow": ORACLE, "evergraph": sys.executable}
    found = {}
    script = (sys.argv[1:] or ["exchange"])[0]
    with (
        tempfile.TemporaryDirectory() as temporary,
        tarfile.open(HERE / f"{script}.tar.xz", "w:xz") as archive,
    ):
        folder = Path(temporary)
        for library, python in pythons.items():
            run(python, script, "write", library, folder / "files")
            (folder / "files").rename(folder / library)
            found[library] = json.loads(run(ORACLE, script, "read", "tensorflow", folder / library))
            archive.add(folder / library, library)
    (HERE / f"{script}.json").write_text(json.dumps(found, indent=0, sort_keys=True) + "\n")
