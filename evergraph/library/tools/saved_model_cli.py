"""SavedModels on the command line: what they hold, and what they compute.

`python -m evergraph.library.tools.saved_model_cli --help`
"""

import argparse
import os
import re
import sys
import warnings
from typing import Any

import numpy as np

from evergraph.base.platform import file_io
from evergraph.engine.session import Session
from evergraph.graph.graph import Graph
from evergraph.library import meta_graph_parts
from evergraph.library.debug.local_cli_wrapper import LocalCLIDebugWrapperSession
from evergraph.library.saved_model import loader_impl
from evergraph.library.tools import saved_model_utils
from evergraph.proto.example import example_pb2
from evergraph.proto.framework import types_pb2

_OP_BLACKLIST = frozenset(["WriteFile", "ReadFile", "PrintV2"])


def get_meta_graph_def(saved_model_dir: str, tag_set: str) -> Any:
    """The graph with exactly the tags "a,b". Raises RuntimeError where there is none."""
    return saved_model_utils.get_meta_graph_def(saved_model_dir, tag_set)


def get_signature_def_map(saved_model_dir: str, tag_set: str) -> Any:
    """The signatures of the graph with exactly the tags "a,b"."""
    return saved_model_utils.get_meta_graph_def(saved_model_dir, tag_set).signature_def


def _show_tag_sets(saved_model_dir: str) -> None:
    tag_sets = saved_model_utils.get_saved_model_tag_sets(saved_model_dir)
    print("The given SavedModel contains the following tag-sets:")
    for tags in sorted(tag_sets):
        print(", ".join(sorted(tags)))


def _show_signature_def_map_keys(saved_model_dir: str, tag_set: str) -> None:
    signatures = get_signature_def_map(saved_model_dir, tag_set)
    print("The given SavedModel MetaGraphDef contains SignatureDefs with the following keys:")
    for key in sorted(signatures):
        print(f'SignatureDef key: "{key}"')


def _get_inputs_tensor_info_from_meta_graph_def(meta_graph_def: Any, signature_def_key: str) -> Any:
    return meta_graph_def.signature_def[signature_def_key].inputs


def _get_outputs_tensor_info_from_meta_graph_def(
    meta_graph_def: Any, signature_def_key: str
) -> Any:
    return meta_graph_def.signature_def[signature_def_key].outputs


def _show_inputs_outputs(
    saved_model_dir: str, tag_set: str, signature_def_key: str, indent: int = 0
) -> None:
    """Prints the tensors of a signature, `indent` times two spaces to the right."""
    graph = saved_model_utils.get_meta_graph_def(saved_model_dir, tag_set)
    signature = graph.signature_def[signature_def_key]
    space = "  " * indent
    for label, infos in (("input", signature.inputs), ("output", signature.outputs)):
        print(f"{space}The given SavedModel SignatureDef contains the following {label}(s):")
        for key, info in sorted(infos.items()):
            print(f"{space}  {label}s['{key}'] tensor_info:")
            _print_tensor_info(info, indent + 1)
    print(f"{space}Method name is: {signature.method_name}")


def _print_tensor_info(tensor_info: Any, indent: int = 0) -> None:
    shape = tensor_info.tensor_shape
    dims = ", ".join(str(dim.size) for dim in shape.dim)
    space = "  " * indent + "    "
    print(f"{space}dtype: {types_pb2.DataType.Name(tensor_info.dtype)}")
    print(f"{space}shape: {'unknown_rank' if shape.unknown_rank else f'({dims})'}")
    print(f"{space}name: {tensor_info.name}")


def _show_all(saved_model_dir: str) -> None:
    """Prints all signatures; the functions of version 2's SavedModels are not among them."""
    for tags in sorted(saved_model_utils.get_saved_model_tag_sets(saved_model_dir)):
        print(
            f"\nMetaGraphDef with tag-set: '{', '.join(tags)}' "
            "contains the following SignatureDefs:"
        )
        tag_set = ",".join(tags)
        for key in sorted(get_signature_def_map(saved_model_dir, tag_set)):
            print(f"\nsignature_def['{key}']:")
            _show_inputs_outputs(saved_model_dir, tag_set, key, indent=1)


def scan_meta_graph_def(meta_graph_def: Any) -> None:
    """Prints whether a graph has ops that read, write or print."""
    found = _OP_BLACKLIST & set(meta_graph_parts.ops_used_by_graph_def(meta_graph_def.graph_def))
    tags = f"MetaGraph with tag set {meta_graph_def.meta_info_def.tags}"
    if found:
        print(f"{tags} contains the following blacklisted ops:", set(found))
    else:
        print(f"{tags} does not contain blacklisted ops.")


def run_saved_model_with_feed_dict(
    saved_model_dir: str,
    tag_set: str,
    signature_def_key: str,
    input_tensor_key_feed_dict: dict[str, Any],
    outdir: str | None,
    overwrite_flag: bool,
    worker: str | None = None,
    init_tpu: bool = False,
    tf_debug: bool = False,
) -> None:
    """Computes and prints all outputs of a signature.

    Args:
      saved_model_dir: the folder of a SavedModel.
      tag_set: the graph's tags: "a,b".
      signature_def_key: the signature.
      input_tensor_key_feed_dict: arrays by the signature's names of inputs.
      outdir: a folder, which is made where it is not there, for a .npy file of each output; None:
        nothing is written.
      overwrite_flag: whether to write over files.
      worker: the session's target.
      init_tpu: must be False.
      tf_debug: whether to look into the run on the command line.

    Raises:
      ValueError: the signature has no such input.
      RuntimeError: a file is there already.
      NotImplementedError: TPUs are asked for.
    """
    if init_tpu:
        raise NotImplementedError("--init_tpu is not supported.")
    graph = saved_model_utils.get_meta_graph_def(saved_model_dir, tag_set)
    inputs = _get_inputs_tensor_info_from_meta_graph_def(graph, signature_def_key)
    outputs = _get_outputs_tensor_info_from_meta_graph_def(graph, signature_def_key)
    for key in input_tensor_key_feed_dict:
        if key not in inputs:
            choices = '", "'.join(inputs)
            raise ValueError(
                f'"{key}" is not a valid input key. Please choose from "{choices}", or use --show '
                "option."
            )
    feeds = {inputs[key].name: value for key, value in input_tensor_key_feed_dict.items()}
    keys = sorted(outputs)
    with Session(worker or "", graph=Graph()) as sess:
        loader_impl.load(sess, tag_set.split(","), saved_model_dir)
        runs = LocalCLIDebugWrapperSession(sess) if tf_debug else sess
        values = runs.run([outputs[key].name for key in keys], feed_dict=feeds)
    for key, value in zip(keys, values, strict=True):
        print(f"Result for output key {key}:\n{value}")
        if outdir:
            _save(os.path.join(outdir, key + ".npy"), key, value, overwrite_flag)


def _save(path: str, key: str, value: Any, overwrite: bool) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if not overwrite and os.path.exists(path):
        raise RuntimeError(
            f'Output file {path} already exists. Add "--overwrite" to overwrite the existing '
            "output files."
        )
    np.save(path, value)
    print(f"Output {key} is saved to {path}")


def preprocess_inputs_arg_string(inputs_str: str) -> dict[str, tuple[str, str | None]]:
    """File and variable of each input in "a=file;b=file[variable]". Raises RuntimeError for
    another text."""
    found: dict[str, tuple[str, str | None]] = {}
    for text in filter(None, inputs_str.split(";")):
        match = re.match(r"([^=]+)=([^\[\]]+)(?:\[([^\[\]]+)\])?$", text)
        if match is None:
            raise RuntimeError(
                f'--inputs "{text}" format is incorrect. Please follow"<input_key>=<filename>", or'
                '"<input_key>=<filename>[<variable_name>]"'
            )
        found[match[1]] = match[2], match[3]
    return found


def preprocess_input_exprs_arg_string(input_exprs_str: str) -> dict[str, Any]:
    """The value of each input in "a=np.ones(2);b=[1, 2]". Raises RuntimeError for another text.

    The expressions are Python's, and are evaluated.
    """
    found = {}
    for text in filter(None, input_exprs_str.split(";")):
        if "=" not in input_exprs_str:
            raise RuntimeError(
                f'--input_exprs "{input_exprs_str}" format is incorrect. Please follow'
                '"<input_key>=<python expression>"'
            )
        key, expression = text.split("=", 1)
        found[key] = eval(expression)
    return found


def preprocess_input_examples_arg_string(input_examples_str: str) -> dict[str, list[bytes]]:
    """The Examples of each input in "a=[{'x': [1]}, {'x': [2]}]", as bytes. Raises ValueError for
    what is no list."""
    found = preprocess_input_exprs_arg_string(input_examples_str)
    for key, examples in found.items():
        if not isinstance(examples, list):
            raise ValueError(
                f'tf.Example input must be a list of dictionaries, but "{examples}" is '
                f"{type(examples)}"
            )
        found[key] = [_create_example_string(example) for example in examples]
    return found


def _create_example_string(example_dict: dict[str, Any]) -> bytes:
    """An Example of lists of floats, texts or ints by name."""
    example = example_pb2.Example()
    for name, values in example_dict.items():
        if not isinstance(values, list):
            raise ValueError(
                f'feature value must be a list, but {name}: "{values}" is {type(values)}'
            )
        feature = example.features.feature[name]
        first = values[0]
        if isinstance(first, float):
            feature.float_list.value.extend(values)
        elif isinstance(first, str):
            feature.bytes_list.value.extend(value.encode() for value in values)
        elif isinstance(first, bytes):
            feature.bytes_list.value.extend(values)
        elif isinstance(first, int):
            feature.int64_list.value.extend(values)
        else:
            raise ValueError(
                f"Type {type(first)} for value {first} is not supported for tf.train.Feature."
            )
    return example.SerializeToString()


def load_inputs_from_input_arg_string(
    inputs_str: str, input_exprs_str: str, input_examples_str: str
) -> dict[str, Any]:
    """The arrays to feed, by name of input: of files, of expressions, of Examples; the later kind
    wins, with a warning.

    Raises:
      RuntimeError: a file has no such variable, or several and none is named.
    """
    found = {
        key: _load(filename, variable)
        for key, (filename, variable) in preprocess_inputs_arg_string(inputs_str).items()
    }
    for key, value in preprocess_input_exprs_arg_string(input_exprs_str).items():
        if key in found:
            warnings.warn(
                f"input_key {key} has been specified with both --inputs and --input_exprs options."
                " Value in --input_exprs will be used.",
                stacklevel=2,
            )
        found[key] = value
    for key, examples in preprocess_input_examples_arg_string(input_examples_str).items():
        if key in found:
            warnings.warn(
                f"input_key {key} has been specified in multiple options. Value in "
                "--input_examples will be used.",
                stacklevel=2,
            )
        found[key] = examples
    return found


def _load(filename: str, variable: str | None) -> Any:
    """What is in a .npy, .npz or pickle file, or one variable of it."""
    data = np.load(file_io.FileIO(filename, mode="rb"), allow_pickle=True)
    if variable and isinstance(data, np.ndarray):
        warnings.warn(
            f'Input file {filename} contains a single ndarray. Name key "{variable}" ignored.',
            stacklevel=3,
        )
        return data
    if variable:
        if variable in data:
            return data[variable]
        raise RuntimeError(
            f'Input file {filename} does not contain variable with name "{variable}".'
        )
    if isinstance(data, np.lib.npyio.NpzFile):
        if len(data.files) != 1:
            raise RuntimeError(
                f"Input file {filename} contains more than one ndarrays. Please specify the name "
                "of ndarray to use."
            )
        return data[data.files[0]]
    return data


def show(args: Any) -> None:
    """The command `show`."""
    if args.all:
        _show_all(args.dir)
    elif args.tag_set is None:
        _show_tag_sets(args.dir)
    elif args.signature_def is None:
        _show_signature_def_map_keys(args.dir, args.tag_set)
    else:
        _show_inputs_outputs(args.dir, args.tag_set, args.signature_def)


def run(args: Any) -> None:
    """The command `run`. Raises AttributeError where no input is given."""
    if not args.inputs and not args.input_exprs and not args.input_examples:
        raise AttributeError(
            "At least one of --inputs, --input_exprs or --input_examples must be required"
        )
    feeds = load_inputs_from_input_arg_string(args.inputs, args.input_exprs, args.input_examples)
    run_saved_model_with_feed_dict(
        args.dir,
        args.tag_set,
        args.signature_def,
        feeds,
        args.outdir,
        args.overwrite,
        worker=args.worker,
        init_tpu=args.init_tpu,
        tf_debug=args.tf_debug,
    )


def scan(args: Any) -> None:
    """The command `scan`."""
    if args.tag_set:
        scan_meta_graph_def(saved_model_utils.get_meta_graph_def(args.dir, args.tag_set))
        return
    for graph in saved_model_utils.read_saved_model(args.dir).meta_graphs:
        scan_meta_graph_def(graph)


def create_parser() -> argparse.ArgumentParser:
    """The parser of the command line."""
    parser = argparse.ArgumentParser(
        description="saved_model_cli: Command-line interface for SavedModel"
    )
    parser.add_argument("-v", "--version", action="version", version="0.1.0")
    commands = parser.add_subparsers(title="commands", description="valid commands")
    tags = "Tags of a graph: a,b."

    showing = commands.add_parser("show", description="Show tags, signatures, inputs and outputs.")
    showing.add_argument("--dir", required=True, help="Folder of a SavedModel.")
    showing.add_argument("--all", action="store_true", help="Show all that there is.")
    showing.add_argument("--tag_set", help=tags)
    showing.add_argument("--signature_def", metavar="SIGNATURE_DEF_KEY", help="A signature.")
    showing.set_defaults(func=show)

    running = commands.add_parser("run", description="Compute a signature's outputs.")
    running.add_argument("--dir", required=True, help="Folder of a SavedModel.")
    running.add_argument("--tag_set", required=True, help=tags)
    running.add_argument(
        "--signature_def", required=True, metavar="SIGNATURE_DEF_KEY", help="A signature."
    )
    running.add_argument("--inputs", default="", help="Files: a=x.npy;b=y.npz[name].")
    running.add_argument("--input_exprs", default="", help="Python: a=np.ones(2);b=[1, 2].")
    running.add_argument("--input_examples", default="", help='Examples: a=[{"x": [1.0]}].')
    running.add_argument("--outdir", help="Folder to write outputs to.")
    running.add_argument("--overwrite", action="store_true", help="Write over files.")
    running.add_argument("--tf_debug", action="store_true", help="Run under the debugger.")
    running.add_argument("--worker", help="Target of the session.")
    running.add_argument("--init_tpu", action="store_true", default=None, help="Not supported.")
    running.set_defaults(func=run)

    scanning = commands.add_parser("scan", description="Look for ops that read, write or print.")
    scanning.add_argument("--dir", required=True, help="Folder of a SavedModel.")
    scanning.add_argument("--tag_set", help=tags)
    scanning.set_defaults(func=scan)
    return parser


def main() -> None:
    """Does what the command line says."""
    parser = create_parser()
    args = parser.parse_args()
    if not hasattr(args, "func"):
        parser.error("too few arguments")
    args.func(args)


if __name__ == "__main__":
    sys.exit(main())
