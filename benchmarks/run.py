"""Time the same TensorFlow 1 programs under evergraph and under TensorFlow, in turns.

    python benchmarks/run.py
    python benchmarks/run.py scalar_run mlp_step --repeats 5 --tf2

See benchmarks/README.md for the programs and the environment.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROGRAMS = {
    name: HERE / "programs" / f"{name}.py"
    for name in (
        "scalar_run",
        "policy_net",
        "mlp_step",
        "mnist_records_step",
        "mnist_records_ratio",
        "build_graph",
        "mlp_start",
        "import_time",
        "mlp_memory",
        "while_loop",
        "while_memory",
        "lstm_mnist_step",
        "ptb_step",
        "ptb_dynamic_step",
        "ptb_start",
        "checkpoint_save",
        "checkpoint_restore",
        "records_read",
        "parse_example_step",
        "jpeg_resize",
        "jpeg_dataset",
        "checkpoint_memory",
        "lenet_step",
        "deep_mnist_step",
        "resnet_step",
        "inception_one",
        "inception_batch",
        "inception_start",
        "estimator_linear",
        "estimator_lstm",
    )
}
WIDTH = 18


@dataclass(frozen=True)
class Engine:
    """Something that runs TensorFlow 1 programs: its name, and the command before the program."""

    name: str
    command: tuple[str, ...]

    def arguments(self, program: str) -> list[str]:
        if program != "import_time":
            return [*self.command, str(PROGRAMS[program])]
        # What is imported differs; nothing is to be imported before.
        module = "evergraph" if self.name == "evergraph" else "tensorflow"
        return [self.command[0], str(PROGRAMS[program]), module]


@dataclass(frozen=True)
class Sample:
    """What one process measured."""

    least: float
    median: float
    unit: str


def engines(with_tf2: bool) -> list[Engine]:
    """evergraph, and those TensorFlows that are there."""
    found = [Engine("evergraph", (sys.executable, "-m", "evergraph", "run"))]
    default = Path(os.environ.get("ORACLE_HOME", "/tmp/oracle")) / "bin" / "python"
    oracle = os.environ.get("ORACLE_PYTHON", str(default))
    if Path(oracle).exists():
        found.append(Engine("TF 1.15", (oracle,)))
    else:
        print(f"No TensorFlow 1.15 at {oracle}: set ORACLE_PYTHON to compare.", file=sys.stderr)
    if with_tf2:
        python = os.environ.get("TF2_PYTHON", sys.executable)
        found.append(Engine("TF 2", (python, str(HERE / "tf2.py"))))
    return found


class ProgramError(Exception):
    """A program failed; the message says where and how."""


def run(engine: Engine, program: str) -> Sample:
    """One process. Raises ProgramError where it fails."""
    environment = {"TF_CPP_MIN_LOG_LEVEL": "2", "PYTHONWARNINGS": "ignore"}
    if engine.name == "evergraph":
        environment["PYTHONPATH"] = str(HERE.parent)
    # Without the cache of compiled modules an import measures Python's compiler.
    inherited = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    result = subprocess.run(
        engine.arguments(program),
        env=inherited | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise ProgramError(f"{program} failed under {engine.name}:\n{result.stderr[-3000:]}")
    found = json.loads(result.stdout.strip().splitlines()[-1])
    return Sample(found["min"], found["median"], found["unit"])


def collect(chosen: list[Engine], program: str, repeats: int) -> dict[str, list[Sample]]:
    """The samples of each engine, taken in turns."""
    samples: dict[str, list[Sample]] = {engine.name: [] for engine in chosen}
    if program == "import_time":
        for engine in chosen:  # fills the cache of compiled modules
            run(engine, program)
    for _ in range(repeats):
        for engine in chosen:
            samples[engine.name].append(run(engine, program))
    return samples


def row(name: str, samples: dict[str, list[Sample]]) -> str:
    """A line of the table: the minima with the median of medians, and the ratios to TF 1.15."""
    least = {engine: min(s.least for s in found) for engine, found in samples.items()}
    median = {
        engine: statistics.median(s.median for s in found) for engine, found in samples.items()
    }
    unit = next(iter(samples.values()))[0].unit
    cells = [f"{name:<{WIDTH}}"]
    cells += [f"{least[e]:>9.4g} /{median[e]:>8.4g} {unit}" for e in samples]
    if "TF 1.15" in samples and unit == "ms":
        for ratio in (least, median):
            cells.append(f"{ratio['evergraph'] / ratio['TF 1.15']:>8.2f}")
    return "  ".join(cells)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PROGRAMS))
    parser.add_argument("--repeats", type=int, default=3, help="processes a program and engine")
    parser.add_argument("--tf2", action="store_true", help="TensorFlow 2's compat.v1 as well")
    args = parser.parse_args()
    unknown = sorted(set(args.names) - set(PROGRAMS))
    if unknown:
        parser.error(f"no such program: {', '.join(unknown)}; there are {', '.join(PROGRAMS)}")
    chosen = engines(args.tf2)
    head = [f"{'min / median':<{WIDTH}}", *(f"{engine.name:>22}" for engine in chosen)]
    if len(chosen) > 1:
        head += ["min ratio", "median ratio"]
    print("  ".join(head))
    failed = False
    for name in args.names or PROGRAMS:
        try:
            print(row(name, collect(chosen, name, args.repeats)), flush=True)
        except ProgramError as error:
            failed = True
            print(error, file=sys.stderr)
    sys.exit(failed)


if __name__ == "__main__":
    main()
