"""Checkpoints of recurrent cells from before TensorFlow 1.2, with today's names of variables.

checkpoint_convert.main(["", "old/model.ckpt", "new/model.ckpt"])
"""

import argparse
import sys
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from evergraph.api import variables
from evergraph.base.platform import logging
from evergraph.engine.session import Session
from evergraph.graph.graph import Graph
from evergraph.library.train.checkpoint_utils import NewCheckpointReader
from evergraph.library.train.saver import Saver
from evergraph.proto.protobuf.saver_pb2 import SaverDef

# Scopes whose variables "weights" and "biases" are "kernel" and "bias" now.
_SCOPES = """
    basic_rnn_cell gru_cell gru_cell/gates gru_cell/candidate basic_lstm_cell lstm_cell
    lstm_cell/projection output_projection_wrapper input_projection_wrapper lstm_block_wrapper
    layer_norm_basic_lstm_cell ugrnn_cell nas_rnn intersection_rnn_cell
    intersection_rnn_cell/in_projection phased_lstm_cell/mask_gates phased_lstm_cell/new_input
    phased_lstm_cell/output_gate attention_cell_wrapper
    attention_cell_wrapper/attn_output_projection attention_cell_wrapper/attention
    attention_decoder attention_decoder/Attention_0 attention_decoder/AttnOutputProjection
""".split()


def _replacements() -> OrderedDict[str, str]:
    found = OrderedDict()
    for scope in _SCOPES:
        found[f"{scope}/weights"] = f"{scope}/kernel"
        if scope == "nas_rnn":
            found[f"{scope}/recurrent_weights"] = f"{scope}/recurrent_kernel"
        else:
            found[f"{scope}/biases"] = f"{scope}/bias"
    # The names of TensorFlow 0.12 in the decoder with attention.
    decoder = "attention_decoder"
    for scope in (f"{decoder}/Attention_0", f"{decoder}/AttnOutputProjection"):
        found[f"{scope}/Linear/Bias"] = f"{scope}/bias"
        found[f"{scope}/Linear/Matrix"] = f"{scope}/kernel"
    found[f"{decoder}/LSTMCell/B"] = f"{decoder}/lstm_cell/bias"
    found[f"{decoder}/LSTMCell/W_0"] = f"{decoder}/lstm_cell/kernel"
    found[f"{decoder}/Linear/Bias"] = f"{decoder}/bias"
    found[f"{decoder}/Linear/Matrix"] = f"{decoder}/kernel"
    return found


# Parts of old names → what they are now; of several that fit the first counts.
RNN_NAME_REPLACEMENTS = _replacements()
_RNN_SHARDED_NAME_REPLACEMENTS = OrderedDict(
    [
        ("LSTMCell/W_", "lstm_cell/weights/part_"),
        ("BasicLSTMCell/Linear/Matrix_", "basic_lstm_cell/weights/part_"),
        ("GRUCell/W_", "gru_cell/weights/part_"),
        ("MultiRNNCell/Cell", "multi_rnn_cell/cell_"),
    ]
)


def _rnn_name_replacement(var_name: str) -> str:
    """Today's name of a variable."""
    for old, new in RNN_NAME_REPLACEMENTS.items():
        if old in var_name:
            converted = var_name.replace(old, new)
            logging.info(f"Converted: {var_name} --> {converted}")
            return converted
    return var_name


def convert_names(
    checkpoint_from_path: str, checkpoint_to_path: str, write_v1_checkpoint: bool = False
) -> tuple[dict[str, Any], dict[str, str]]:
    """Writes a checkpoint again, with today's names.

    Args:
      checkpoint_from_path: the prefix of the old files.
      checkpoint_to_path: the prefix of the new ones.
      write_v1_checkpoint: whether the new one is of version 1.

    Returns:
      The variables by their new names, and the new names by the old ones, where they differ.
    """
    converted, renamed = {}, {}
    with Graph().as_default():
        logging.info(f"Reading checkpoint_from_path {checkpoint_from_path}")
        reader = NewCheckpointReader(checkpoint_from_path)
        for name in reader.get_variable_to_shape_map():
            new_name = _rnn_name_replacement(name)
            converted[new_name] = variables.VariableV1(reader.get_tensor(name), name=name)
            if new_name != name:
                renamed[name] = new_name
        version = SaverDef.V1 if write_v1_checkpoint else SaverDef.V2
        saver = Saver(converted, write_version=version)
        with Session() as session:
            session.run(variables.global_variables_initializer())
            logging.info(f"Writing checkpoint_to_path {checkpoint_to_path}")
            saver.save(session, checkpoint_to_path)
    logging.info("Summary:")
    logging.info(f"  Converted {len(converted)} variable name(s).")
    return converted, renamed


def main(argv: Sequence[str] | None = None) -> None:
    """The same, with arguments of the command line; the first of `argv` is the program's name."""
    parser = argparse.ArgumentParser()
    parser.add_argument("checkpoint_from_path")
    parser.add_argument("checkpoint_to_path")
    parser.add_argument("--write_v1_checkpoint", action="store_true")
    found = parser.parse_args((sys.argv if argv is None else argv)[1:])
    convert_names(found.checkpoint_from_path, found.checkpoint_to_path, found.write_v1_checkpoint)
