"""Prints what a checkpoint holds: `python -m evergraph.library.tools.inspect_checkpoint`."""

import argparse
import math
import re
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from evergraph.base.platform import app
from evergraph.formats.checkpoint_reader import CheckpointReader

FLAGS: Any = None


def _count_total_params(reader: Any, count_exclude_pattern: str = "") -> int:
    """The number of numbers, without those of tensors whose names match a pattern."""
    sizes = {n: math.prod(shape) for n, shape in reader.get_variable_to_shape_map().items()}
    if count_exclude_pattern:
        out = [name for name in sizes if re.search(count_exclude_pattern, name)]
        count = sum(sizes.pop(name) for name in out)
        print(
            f"# Excluding {len(out)} tensors ({count} params) that match {count_exclude_pattern} "
            "when counting."
        )
    return sum(sizes.values())


def print_tensors_in_checkpoint_file(
    file_name: str,
    tensor_name: str,
    all_tensors: bool,
    all_tensor_names: bool = False,
    count_exclude_pattern: str = "",
) -> None:
    """Prints what a checkpoint holds.

    Args:
      file_name: the checkpoint.
      tensor_name: the tensor to print; "": a line for each, with type and shape.
      all_tensors: whether to print the values of all.
      all_tensor_names: whether to print the names of all.
      count_exclude_pattern: names that match it do not count when numbers are counted.
    """
    try:
        reader = CheckpointReader(file_name)
        if all_tensors or all_tensor_names:
            for name in sorted(reader.get_variable_to_shape_map()):
                print("tensor_name: ", name)
                if all_tensors:
                    print(reader.get_tensor(name))
        elif tensor_name:
            print("tensor_name: ", tensor_name)
            print(reader.get_tensor(tensor_name))
        else:
            print(reader.debug_string().decode("utf-8", errors="ignore"))
        count = _count_total_params(reader, count_exclude_pattern)
        print(f"# Total number of params: {count}")
    except Exception as error:
        text = str(error)
        print(text)
        is_part = any(ending in file_name for ending in (".index", ".meta", ".data"))
        if is_part and ("Data loss" in text or "Internal" in type(error).__name__):
            print(
                "\nIt's likely that this is a V2 checkpoint and you need to provide the filename\n"
                "*prefix*.  Try removing the '.' and extension.  Try:\n"
                f"inspect checkpoint --file_name = {file_name.rpartition('.')[0]}"
            )


def parse_numpy_printoption(kv_str: str) -> None:
    """Sets one of NumPy's print options: "threshold=10". Raises argparse.ArgumentTypeError for
    another text."""
    name, equals, text = kv_str.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"'{kv_str}' is not in the form k=v.")
    options = np.get_printoptions()
    if name not in options:
        raise argparse.ArgumentTypeError(f"'{name}' is not a valid printoption.")
    kind = type(options[name])
    if options[name] is None:
        raise argparse.ArgumentTypeError(
            f"Setting '{name}' from the command line is not supported."
        )
    try:
        value = text.lower() in ("true", "t", "1", "yes") if kind is bool else kind(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    np.set_printoptions(**{name: value})


def main(unused_argv: Sequence[str]) -> None:
    """Prints what the flags ask for."""
    if not FLAGS.file_name:
        print(
            "Usage: inspect_checkpoint --file_name=checkpoint_file_name "
            "[--tensor_name=tensor_to_print] [--all_tensors] [--all_tensor_names] [--printoptions]"
        )
        sys.exit(1)
    print_tensors_in_checkpoint_file(
        FLAGS.file_name,
        FLAGS.tensor_name,
        FLAGS.all_tensors,
        FLAGS.all_tensor_names,
        FLAGS.count_exclude_pattern,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.register("type", "bool", lambda text: text.lower() == "true")
    switch: dict[str, Any] = {"nargs": "?", "const": True, "type": "bool", "default": False}
    parser.add_argument("--file_name", default="", help="The checkpoint, without .index.")
    parser.add_argument("--tensor_name", default="", help="The tensor to print.")
    parser.add_argument("--count_exclude_pattern", default="", help="Names that do not count.")
    parser.add_argument("--all_tensors", help="Print all names and values.", **switch)
    parser.add_argument("--all_tensor_names", help="Print all names.", **switch)
    parser.add_argument(
        "--printoptions", nargs="*", type=parse_numpy_printoption, help="NumPy's: threshold=10"
    )
    return parser


if __name__ == "__main__":
    FLAGS, _rest = _parser().parse_known_args()
    app.run(main=main, argv=[sys.argv[0], *_rest])
