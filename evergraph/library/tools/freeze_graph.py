"""Makes one file of a graph and a checkpoint: variables become constants.

`python -m evergraph.library.tools.freeze_graph --help`
"""

import argparse
import re
import sys
from collections.abc import Sequence
from typing import Any

from google.protobuf import text_format

from evergraph.base.platform import app, file_io
from evergraph.engine.session import Session
from evergraph.formats.checkpoint_reader import CheckpointReader
from evergraph.graph.graph_util_impl import convert_variables_to_constants
from evergraph.graph.portable import import_graph_def
from evergraph.library.saved_model import loader_impl, tag_constants
from evergraph.library.tools import saved_model_utils
from evergraph.library.train import checkpoint_management, saver
from evergraph.proto.framework import graph_pb2
from evergraph.proto.protobuf import meta_graph_pb2, saver_pb2


def _names(text: str) -> list[str]:
    """The names in "a, b"."""
    return text.replace(" ", "").split(",")


def _has_no_variables(sess: Session) -> bool:
    """Whether the session's graph is without variables."""
    return not any(
        op.type.startswith("Variable") or op.type.endswith("VariableOp")
        for op in sess.graph.get_operations()
    )


def freeze_graph_with_def_protos(
    input_graph_def: Any,
    input_saver_def: Any,
    input_checkpoint: str,
    output_node_names: str,
    restore_op_name: Any,
    filename_tensor_name: Any,
    output_graph: str,
    clear_devices: bool,
    initializer_nodes: str,
    variable_names_whitelist: str = "",
    variable_names_blacklist: str = "",
    input_meta_graph_def: Any = None,
    input_saved_model_dir: str | None = None,
    saved_model_tags: Sequence[str] | None = None,
    checkpoint_version: Any = saver_pb2.SaverDef.V2,
) -> Any:
    """As `freeze_graph`, of messages in place of files. Returns the GraphDef.

    Raises:
      ValueError: there is no checkpoint, no output is named, or there are no variables.
    """
    if not input_saved_model_dir and not checkpoint_management.checkpoint_exists_internal(
        input_checkpoint
    ):
        raise ValueError(f"Input checkpoint '{input_checkpoint}' doesn't exist!")
    if not output_node_names:
        raise ValueError("You need to supply the name of a node to --output_node_names.")
    graph_def = input_meta_graph_def.graph_def if input_meta_graph_def else input_graph_def
    if clear_devices and graph_def:
        for node in graph_def.node:
            node.device = ""
    if input_graph_def:
        import_graph_def(input_graph_def, name="")
    with Session() as sess:
        if input_saver_def:
            restorer = saver.Saver(saver_def=input_saver_def, write_version=checkpoint_version)
            restorer.restore(sess, input_checkpoint)
        elif input_meta_graph_def:
            imported = saver.import_meta_graph(input_meta_graph_def, clear_devices=True)
            assert imported is not None
            imported.restore(sess, input_checkpoint)
        elif input_saved_model_dir:
            loader_impl.load(sess, saved_model_tags or [], input_saved_model_dir)
        else:
            _saver_by_names(sess, input_checkpoint, checkpoint_version).restore(
                sess, input_checkpoint
            )
        if initializer_nodes and not input_saver_def and not input_saved_model_dir:
            sess.run(_names(initializer_nodes))
        result = convert_variables_to_constants(
            sess,
            graph_def,
            _names(output_node_names),
            variable_names_whitelist=_names(variable_names_whitelist)
            if variable_names_whitelist
            else None,
            variable_names_blacklist=_names(variable_names_blacklist)
            if variable_names_blacklist
            else None,
        )
    if output_graph:
        file_io.atomic_write_string_to_file(output_graph, result.SerializeToString())
    return result


def _saver_by_names(sess: Session, checkpoint: str, version: Any) -> saver.Saver:
    """A saver of all that a checkpoint and the session's graph have under the same name."""
    tensors: dict[str, Any] = {}
    for name in CheckpointReader(checkpoint).get_variable_to_shape_map():
        try:
            tensors[name] = sess.graph.get_tensor_by_name(f"{name}:0")
        except KeyError:
            continue
    try:
        return saver.Saver(var_list=tensors, write_version=version)
    except TypeError:
        parts = [op.name for op in sess.graph.get_operations() if re.search(r"/part_\d+/", op.name)]
        if any(name in part for name in tensors for part in parts):
            raise ValueError(
                "Models containing partition variables cannot be converted from checkpoint files. "
                "Please pass in a SavedModel using the flag --input_saved_model_dir."
            ) from None
        if _has_no_variables(sess):
            raise ValueError(
                "No variables were found in this model. It is likely the model was frozen "
                "previously. You cannot freeze a graph twice."
            ) from None
        raise


def _parse(path: str, binary: bool, message: Any, what: str) -> Any:
    """Fills a message from a file. Raises OSError where there is none."""
    if not file_io.file_exists(path):
        raise OSError(f"Input {what} file '{path}' does not exist!")
    content = file_io.FileIO(path, "rb").read()
    if binary:
        message.ParseFromString(content)
        return message
    return text_format.Merge(content.decode(), message)


def _parse_input_graph_proto(input_graph: str, input_binary: bool) -> Any:
    return _parse(input_graph, input_binary, graph_pb2.GraphDef(), "graph")


def _parse_input_meta_graph_proto(input_graph: str, input_binary: bool) -> Any:
    result = _parse(input_graph, input_binary, meta_graph_pb2.MetaGraphDef(), "meta graph")
    print(f"Loaded meta graph file '{input_graph}")
    return result


def _parse_input_saver_proto(input_saver: str, input_binary: bool) -> Any:
    return _parse(input_saver, input_binary, saver_pb2.SaverDef(), "saver")


def freeze_graph(
    input_graph: str,
    input_saver: str,
    input_binary: bool,
    input_checkpoint: str,
    output_node_names: str,
    restore_op_name: Any,
    filename_tensor_name: Any,
    output_graph: str,
    clear_devices: bool,
    initializer_nodes: str,
    variable_names_whitelist: str = "",
    variable_names_blacklist: str = "",
    input_meta_graph: str | None = None,
    input_saved_model_dir: str | None = None,
    saved_model_tags: str = tag_constants.SERVING,
    checkpoint_version: Any = saver_pb2.SaverDef.V2,
) -> Any:
    """Makes a graph and a checkpoint, or a SavedModel, a graph with constants.

    Args:
      input_graph: the file of a GraphDef.
      input_saver: the file of a SaverDef whose nodes the graph has; "": variables are found by
        name.
      input_binary: whether these files are binary, and not text.
      input_checkpoint: the checkpoint.
      output_node_names: the nodes that the result must be able to compute: "a,b".
      restore_op_name, filename_tensor_name: not used.
      output_graph: where to write the result; "": nowhere.
      clear_devices: whether to drop devices.
      initializer_nodes: nodes to run before: "a,b".
      variable_names_whitelist, variable_names_blacklist: the variables to convert, or to leave.
      input_meta_graph: the file of a MetaGraphDef in place of a GraphDef.
      input_saved_model_dir: the folder of a SavedModel in place of all these.
      saved_model_tags: its tags: "a,b".
      checkpoint_version: not used.

    Returns:
      The GraphDef.
    """
    graph_def = meta_graph_def = saver_def = None
    if input_saved_model_dir:
        graph_def = saved_model_utils.get_meta_graph_def(
            input_saved_model_dir, saved_model_tags
        ).graph_def
    elif input_graph:
        graph_def = _parse_input_graph_proto(input_graph, input_binary)
    if input_meta_graph:
        meta_graph_def = _parse_input_meta_graph_proto(input_meta_graph, input_binary)
    if input_saver:
        saver_def = _parse_input_saver_proto(input_saver, input_binary)
    return freeze_graph_with_def_protos(
        graph_def,
        saver_def,
        input_checkpoint,
        output_node_names,
        restore_op_name,
        filename_tensor_name,
        output_graph,
        clear_devices,
        initializer_nodes,
        variable_names_whitelist,
        variable_names_blacklist,
        meta_graph_def,
        input_saved_model_dir,
        _names(saved_model_tags),
        checkpoint_version=checkpoint_version,
    )


def main(unused_args: Sequence[str], flags: Any) -> None:
    """Freezes what the flags say."""
    versions = {1: saver_pb2.SaverDef.V1, 2: saver_pb2.SaverDef.V2}
    if flags.checkpoint_version not in versions:
        raise ValueError(
            f"Invalid checkpoint version (must be '1' or '2'): {flags.checkpoint_version}"
        )
    freeze_graph(
        flags.input_graph,
        flags.input_saver,
        flags.input_binary,
        flags.input_checkpoint,
        flags.output_node_names,
        flags.restore_op_name,
        flags.filename_tensor_name,
        flags.output_graph,
        flags.clear_devices,
        flags.initializer_nodes,
        flags.variable_names_whitelist,
        flags.variable_names_blacklist,
        flags.input_meta_graph,
        flags.input_saved_model_dir,
        flags.saved_model_tags,
        versions[flags.checkpoint_version],
    )


def run_main() -> None:
    """Reads the command line and freezes what it says."""
    parser = argparse.ArgumentParser()
    parser.register("type", "bool", lambda text: text.lower() == "true")
    for name, default, text in (
        ("input_graph", "", "File of a GraphDef."),
        ("input_saver", "", "File of a SaverDef."),
        ("input_checkpoint", "", "Checkpoint, without .index."),
        ("output_graph", "", "File to write the GraphDef to."),
        ("output_node_names", "", "Nodes to compute: a,b."),
        ("restore_op_name", "save/restore_all", "Not used."),
        ("filename_tensor_name", "save/Const:0", "Not used."),
        ("initializer_nodes", "", "Nodes to run before: a,b."),
        ("variable_names_whitelist", "", "Variables to convert: a,b."),
        ("variable_names_blacklist", "", "Variables to leave: a,b."),
        ("input_meta_graph", "", "File of a MetaGraphDef."),
        ("input_saved_model_dir", "", "Folder of a SavedModel."),
        ("saved_model_tags", "serve", "Its tags: a,b."),
    ):
        parser.add_argument(f"--{name}", type=str, default=default, help=text)
    parser.add_argument("--checkpoint_version", type=int, default=2, help="1 or 2.")
    switch: dict[str, Any] = {"nargs": "?", "const": True, "type": "bool"}
    parser.add_argument("--input_binary", default=False, help="Files are binary.", **switch)
    parser.add_argument("--clear_devices", default=True, help="Drop devices.", **switch)
    flags, rest = parser.parse_known_args()
    app.run(main=lambda arguments: main(arguments, flags), argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    run_main()
