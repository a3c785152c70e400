"""Whole files and their names: ReadFile, WriteFile, MatchingFiles."""

from typing import Any

import numpy as np

from evergraph.base.platform import file_io
from evergraph.graph.registry import op
from evergraph.kernels.host import invalid, text
from evergraph.ops import shape_rules
from evergraph.ops.shape_rules import Dims

read_file_op = op("ReadFile(filename: string) -> contents: string")
write_file_op = op("WriteFile(filename: string, contents: string)", stateful=True)
matching_files_op = op("MatchingFiles(pattern: string) -> filenames: string")

for _entry in (read_file_op, write_file_op, matching_files_op):
    _entry.not_differentiable()


def _scalar(value: Any, what: str) -> bytes:
    if np.ndim(value):
        raise invalid(f"{what} tensor must be scalar, but had shape: {text(np.shape(value))}")
    result: bytes = np.asarray(value, object).item()
    return result


@read_file_op.shape
def read_file_shape(node: Any) -> Dims:
    return shape_rules.with_rank(node.inputs[0].dims, 0)


@read_file_op.numpy
def read_file_kernel(filename: Any) -> Any:
    contents = file_io.read_file_to_string(_scalar(filename, "Input filename"), binary_mode=True)
    return np.array(contents, object)


@write_file_op.shape
def write_file_shape(node: Any) -> list[Dims]:
    for tensor in node.inputs:
        shape_rules.with_rank(tensor.dims, 0)
    return []


@write_file_op.numpy
def write_file_kernel(filename: Any, contents: Any) -> None:
    path = _scalar(filename, "Input filename")
    data = _scalar(contents, "Contents")
    folder = path.rpartition(b"/")[0]
    if folder:
        file_io.recursive_create_dir_v2(folder)
    file_io.write_string_to_file(path, data)


@matching_files_op.shape
def matching_files_shape(node: Any) -> Dims:
    shape_rules.at_most_rank(node.inputs[0].dims, 1)
    return (None,)


@matching_files_op.numpy
def matching_files_kernel(pattern: Any) -> Any:
    if np.ndim(pattern) > 1:
        raise invalid(
            "Input patterns tensor must be scalar or vector, but had shape: "
            f"{text(np.shape(pattern))}"
        )
    patterns = np.asarray(pattern, object).reshape(-1).tolist()
    # All together in order, whichever pattern found them; what two of them found is there twice.
    found = sorted(path for one in patterns for path in file_io.get_matching_files_v2(one))
    result = np.empty(len(found), object)
    result[:] = [path.encode("utf-8", "surrogateescape") for path in found]
    return result
