"""Compile the .proto files under evergraph/proto into the checked-in *_pb2.py and *_pb2.pyi.

    python -m venv /some/where && /some/where/bin/pip install grpcio-tools==1.71.2
    /some/where/bin/python tools/generate_protos.py [--check]

Code made by one protoc runs under its own and later protobuf runtimes only, hence the pin: that
release bundles protoc 5.29, the oldest runtime evergraph allows.
"""

import argparse
import re
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTOC_VERSION = "5.29"

# Runtimes one major version ahead of the generated code would print a warning for every module,
# though what we generate (a serialized descriptor handed to the builder) has not changed since 4.
RUNTIME_CHECK = re.compile(
    r"^from google\.protobuf import runtime_version as _runtime_version\n"
    r"|^_runtime_version\.ValidateProtobufRuntimeVersion\(.*?^\)\n",
    re.MULTILINE | re.DOTALL,
)


def compile_protos(out: str) -> dict[Path, str]:
    """The generated files, by their path relative to the repository root."""
    sources = sorted(str(p.relative_to(ROOT)) for p in ROOT.glob("evergraph/proto/**/*.proto"))
    well_known = str(files("grpc_tools") / "_proto")
    command = ["protoc", f"-I{ROOT}", f"-I{well_known}", f"--python_out={out}", f"--pyi_out={out}"]
    if protoc.main([*command, *sources]):
        sys.exit("protoc failed")
    generated = {}
    for path in sorted(Path(out).rglob("*_pb2.py*")):
        text = path.read_text()
        if path.suffix == ".py":
            if f"# Protobuf Python Version: {PROTOC_VERSION}." not in text:
                sys.exit(f"needs protoc {PROTOC_VERSION}: pip install grpcio-tools==1.71.2")
            text = RUNTIME_CHECK.sub("", text)
        generated[path.relative_to(out)] = text
    return generated


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only say which files are stale")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as out:
        generated = compile_protos(out)
    existing = {p.relative_to(ROOT) for p in ROOT.glob("evergraph/proto/**/*_pb2.py*")}
    stale = existing - generated.keys()
    for path, text in generated.items():
        if path not in existing or (ROOT / path).read_text() != text:
            stale.add(path)
    for path in sorted(stale):
        print("stale" if check else "written" if path in generated else "removed", path)
        if check:
            continue
        if path in generated:
            (ROOT / path).write_text(generated[path])
        else:
            (ROOT / path).unlink()
    sys.exit(bool(stale) if check else 0)


if __name__ == "__main__":
    main()
