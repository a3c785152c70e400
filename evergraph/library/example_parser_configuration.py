"""What a ParseExample node expects, as a message."""

from typing import Any

from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.tensor_proto import make_tensor_proto
from evergraph.proto.example.example_parser_configuration_pb2 import ExampleParserConfiguration


def extract_example_parser_configuration(
    parse_example_op: Any, sess: Any
) -> ExampleParserConfiguration:
    """The configuration of a node of type ParseExample.

    Args:
      parse_example_op: The node.
      sess: A session, in which the keys and defaults, its inputs, are run.

    Raises:
      ValueError: If the node's attrs or inputs do not fit each other.
    """
    op = parse_example_op
    sparse, dense = op.get_attr("Nsparse"), op.get_attr("Ndense")
    sparse_types = op.get_attr("sparse_types")
    dense_types, dense_shapes = op.get_attr("Tdense"), op.get_attr("dense_shapes")
    for label, values, attr, count in (
        ("sparse_types", sparse_types, "Nsparse", sparse),
        ("dense_types", dense_types, "Ndense", dense),
        ("dense_shapes", dense_shapes, "Ndense", dense),
    ):
        if len(values) != count:
            raise ValueError(
                f"len({label}) attribute does not match {attr} attribute ({len(values)} vs {count})"
            )
    wanted = list(op.inputs[2:])  # after the serialized examples and their names
    if len(wanted) != sparse + 2 * dense:
        raise ValueError(
            "len(fetch_list) does not match total features + num_dense "
            f"({len(wanted)} vs {sparse + 2 * dense})"
        )
    values = sess.run(wanted)
    sparse_keys, rest = values[:sparse], values[sparse:]
    outputs = [output.name for output in op.outputs]
    config = ExampleParserConfiguration()
    for i, (key, default) in enumerate(zip(rest[:dense], rest[dense:], strict=True)):
        fixed = config.feature_map[_text(key)].fixed_len_feature
        fixed.default_value.CopyFrom(make_tensor_proto(default))
        fixed.shape.CopyFrom(TensorShape(dense_shapes[i]).as_proto())
        fixed.dtype = dense_types[i].as_datatype_enum
        fixed.values_output_tensor_name = outputs[3 * sparse + i]
    for i, key in enumerate(sparse_keys):
        varying = config.feature_map[_text(key)].var_len_feature
        varying.dtype = sparse_types[i].as_datatype_enum
        varying.indices_output_tensor_name = outputs[i]
        varying.values_output_tensor_name = outputs[sparse + i]
        varying.shapes_output_tensor_name = outputs[2 * sparse + i]
    return config


def _text(key: Any) -> str:
    return key.decode() if isinstance(key, bytes) else str(key)
