"""Cuts a graph's file down to what leads from some nodes to others.

`python -m evergraph.library.tools.strip_unused --help`
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from evergraph.base import dtypes
from evergraph.base.platform import app
from evergraph.library.tools import strip_unused_lib

FLAGS: Any = None


def main(unused_args: Sequence[str]) -> None:
    """Does what the flags say."""
    strip_unused_lib.strip_unused_from_files(
        FLAGS.input_graph,
        FLAGS.input_binary,
        FLAGS.output_graph,
        FLAGS.output_binary,
        FLAGS.input_node_names,
        FLAGS.output_node_names,
        FLAGS.placeholder_type_enum,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.register("type", "bool", lambda text: text.lower() == "true")
    switch: dict[str, Any] = {"nargs": "?", "const": True, "type": "bool"}
    parser.add_argument("--input_graph", default="", help="File of a GraphDef.")
    parser.add_argument("--input_binary", default=False, help="It is binary.", **switch)
    parser.add_argument("--output_graph", default="", help="File to write.")
    parser.add_argument("--output_binary", default=True, help="Write it binary.", **switch)
    parser.add_argument("--input_node_names", default="", help="Nodes that are fed: a,b.")
    parser.add_argument("--output_node_names", default="", help="Nodes to compute: a,b.")
    parser.add_argument(
        "--placeholder_type_enum",
        type=int,
        default=dtypes.float32.as_datatype_enum,
        help="DataType of the placeholders.",
    )
    return parser


if __name__ == "__main__":
    FLAGS, _rest = _parser().parse_known_args()
    app.run(main=main, argv=[sys.argv[0], *_rest])
