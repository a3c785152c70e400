"""Makes a graph's file ready for inference: training ops go, batch normalizations are folded.

`python -m evergraph.library.tools.optimize_for_inference --help`
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

from evergraph.base import dtypes
from evergraph.base.platform import app, gfile
from evergraph.graph import graph_io
from evergraph.library.tools import optimize_for_inference_lib, strip_unused_lib

FLAGS: Any = None


def main(unused_args: Sequence[str]) -> int:
    """Does what the flags say; -1 where there is no such file."""
    if not gfile.Exists(FLAGS.input):
        print(f"Input graph file '{FLAGS.input}' does not exist!")
        return -1
    optimized = optimize_for_inference_lib.optimize_for_inference(
        strip_unused_lib.read_graph(FLAGS.input, FLAGS.frozen_graph),
        FLAGS.input_names.split(","),
        FLAGS.output_names.split(","),
        _parse_placeholder_types(FLAGS.placeholder_type_enum),
        FLAGS.toco_compatible,
    )
    if FLAGS.frozen_graph:
        with gfile.GFile(FLAGS.output, "w") as file:
            file.write(optimized.SerializeToString())
    else:
        graph_io.write_graph(optimized, *os.path.split(FLAGS.output))
    return 0


def _parse_placeholder_types(values: str) -> Any:
    """The number in "1", the numbers in "1,3"."""
    numbers = [int(value) for value in values.split(",")]
    return numbers if len(numbers) > 1 else numbers[0]


def parse_args() -> tuple[argparse.Namespace, list[str]]:
    """The flags, and the rest of the command line."""
    parser = argparse.ArgumentParser()
    parser.register("type", "bool", lambda text: text.lower() == "true")
    parser.add_argument("--input", default="", help="File of a GraphDef.")
    parser.add_argument("--output", default="", help="File to write.")
    parser.add_argument("--input_names", default="", help="Nodes that are fed: a,b.")
    parser.add_argument("--output_names", default="", help="Nodes to compute: a,b.")
    parser.add_argument(
        "--frozen_graph",
        nargs="?",
        const=True,
        type="bool",
        default=True,
        help="Files are binary, and not text.",
    )
    parser.add_argument(
        "--placeholder_type_enum",
        default=str(dtypes.float32.as_datatype_enum),
        help="DataType of the placeholders, or one for each: 1,3.",
    )
    parser.add_argument(
        "--toco_compatible", type=bool, default=False, help="Fuse nothing with convolutions."
    )
    return parser.parse_known_args()


if __name__ == "__main__":
    FLAGS, _rest = parse_args()
    app.run(main=main, argv=[sys.argv[0], *_rest])
