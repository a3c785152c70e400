"""Expressions whose outcome TensorFlow 1.15 and evergraph must share.

Each is evaluated with the modules of a library by the names below; `outcome` writes the result, or
the error and its message, as text. Runs on Python 3.7 too, where TensorFlow 1.15 does.
"""

import collections

import numpy as np

Pair = collections.namedtuple("Pair", "a b")
OtherPair = collections.namedtuple("OtherPair", "a b")
# Messages name the module, which tests and the generator import in different ways.
Pair.__module__ = OtherPair.__module__ = "cases"

DTYPE_NAMES = (
    "float16 float32 float64 int32 uint8 uint16 uint32 uint64 int16 int8 string complex64 "
    "complex128 int64 bool qint8 quint8 qint16 quint16 qint32 bfloat16 resource variant"
).split()
DTYPE_FACTS = (
    "_type_enum name base_dtype _as_ref real_dtype is_bool is_integer is_floating is_complex "
    "is_quantized is_unsigned is_numpy_compatible size limits"
).split()
# TensorFlow has no table entry for the first; the others name a class that is called differently.
UNANSWERED = {(name + "_ref", "size") for name in ("resource", "variant")} | {
    ("bfloat16" + ref, "limits") for ref in ("", "_ref")
}

SHAPES = ["None", "[]", "[3]", "[None]", "[2, 3]", "[None, 3]", "[2, None]", "[2, 3, 4]", "7"]
SHAPE_UNARY = (
    "str({s}) | repr({s}) | {s}.rank | {s}.ndims | {s}.dims | bool({s}) | {s}.num_elements() | "
    "{s}.is_fully_defined() | {s}.as_list() | len({s}) | list({s}) | {s}[0] | {s}[-1] | {s}[1:] | "
    "{s}[:1] | {s}[0:2] | {s}[::2] | {s}.with_rank(2) | {s}.with_rank_at_least(2) | "
    "{s}.with_rank_at_most(1) | {s}.assert_has_rank(1) | {s}.assert_is_fully_defined() | "
    "{s} == {s} | {s} != [1, 2] | {s} + [5] | [5] + {s} | hash({s}) | {s}.as_proto().unknown_rank"
).split(" | ")
SHAPE_BINARY = (
    "{s}.merge_with({t}) | {s}.concatenate({t}) | {s}.is_compatible_with({t}) | "
    "{s}.assert_is_compatible_with({t}) | {s}.assert_same_rank({t}) | "
    "{s}.most_specific_compatible_shape({t}) | {s} == {t} | {s} != {t}"
).split(" | ")
DIMENSIONS = ["ts.Dimension(6)", "ts.Dimension(4)", "ts.Dimension(None)", "3", "None", "'x'", "2.5"]
OPERATORS = ["+", "-", "*", "//", "/", "%", "<", "<=", ">", ">=", "==", "!="]

NESTS = [
    "1",
    "'ab'",
    "[1]",
    "(1,)",
    "[1, 2]",
    "[1, [2, (3,)]]",
    "{'b': 1, 'a': [2]}",
    "{'a': 1}",
    "Pair(1, [2])",
    "OtherPair(1, [2])",
    "range(2)",
    "[]",
    "None",
]
# Left out of the pairs, since its text in messages differs from Python to Python.
ORDERED = "collections.OrderedDict([('b', 1), ('a', [2])])"
NEST_BINARY = (
    "nest.assert_same_structure({s}, {t}) | nest.assert_same_structure({s}, {t}, check_types=False)"
    " | nest.flatten_up_to({s}, {t}) | nest.flatten_up_to({s}, {t}, check_types=False)"
    " | nest.flatten_with_tuple_paths_up_to({s}, {t}, check_subtrees_length=False)"
    " | nest.map_structure(lambda x, y: (x, y), {s}, {t})"
).split(" | ")


def dtypes_cases():
    return (
        [
            f"dtypes.{name + ref}.{fact}"
            for name in DTYPE_NAMES
            for ref in ("", "_ref")
            for fact in DTYPE_FACTS
            if (name + ref, fact) not in UNANSWERED
        ]
        + [
            f"{function}(dtypes.{name})"
            for name in DTYPE_NAMES
            for function in ("str", "repr", "hash")
        ]
        + [f"float(dtypes.{n}.{m})" for n in DTYPE_NAMES for m in ("min", "max")]
        + [
            f"dtypes.as_dtype({value})"
            for value in "int float bool object str bytes complex 'half' 'float' 'int32_ref' 'abc' "
            "None 1 101 0 24 [] np.int64 np.intc np.longlong np.dtype('S3') np.dtype('U3') "
            "np.dtype('>f4') np.bytes_ np.str_ np.bool_ np.object_ np.integer np.datetime64 "
            "np.dtype([('qint8',np.int8)]) dtypes.np_resource dtypes.float32".split()
        ]
        + ["dtypes.DType(0)", "dtypes.DType(77)", "dtypes.DType(3)", "dtypes.float32 == 'float'"]
        + ["dtypes.float32 == None", "dtypes.int32 == int", "dtypes.float32 != np.float32"]
        + ["dtypes.float32.is_compatible_with(dtypes.float32_ref)"]
        + ["dtypes.float32_ref.is_compatible_with(dtypes.float32)"]
        + ["sorted(d.name for d in dtypes.TF_VALUE_DTYPES)"]
        + ["sorted(d.name for d in dtypes.QUANTIZED_DTYPES)"]
    )


def tensor_shape_cases():
    ts_shape = "ts.TensorShape({})".format
    return (
        [case.format(s=ts_shape(shape)) for shape in SHAPES for case in SHAPE_UNARY]
        + [
            case.format(s=ts_shape(s), t=t)
            for s in SHAPES
            for t in SHAPES[:-1]
            for case in SHAPE_BINARY
        ]
        + [
            f"{a} {operator} {b}"
            for a in DIMENSIONS
            for operator in OPERATORS
            for b in DIMENSIONS
            if "Dimension" in a + b
        ]
        + [
            f"ts.TensorShape({value})"
            for value in ("'ab'", "b'ab'", "-1", "[-1]", "[2.5]", "[2.0]", "['3']", "dtypes.int32")
        ]
        + ["ts.unknown_shape(ndims=2)", "ts.unknown_shape(foo=2)", "ts.scalar()", "ts.vector(3)"]
        + ["ts.matrix(None, 3)", "ts.dimension_value(ts.Dimension(3))", "ts.dimension_value(None)"]
        + ["ts.dimension_at_index(ts.TensorShape(None), 1)"]
        + ["ts.dimension_at_index(ts.TensorShape([2, 3]), 1)", "ts.as_dimension(4)"]
        + ["ts.Dimension(3).merge_with(4)", "ts.Dimension(None).merge_with(4)"]
        + ["ts.Dimension(3).is_compatible_with('x')", "int(ts.Dimension(3))", "range(10)[s3]"]
    )


def nest_cases():
    return (
        [
            case.format(s=s)
            for s in [*NESTS, ORDERED]
            for case in (
                "nest.flatten({s})",
                "nest.is_sequence({s})",
                "list(nest.yield_flat_paths({s}))",
                "nest.flatten_with_joined_string_paths({s}, '-')",
                "nest.map_structure(lambda x: [x], {s})",
                "nest.map_structure_with_paths(lambda p, x: p, {s})",
                "nest.pack_sequence_as({s}, [5, 6])",
                "nest.get_traverse_shallow_structure(lambda x: isinstance(x, list), {s})",
            )
        ]
        + [case.format(s=s, t=t) for s in NESTS for t in NESTS for case in NEST_BINARY]
        + ["nest.pack_sequence_as([1], 4)", "nest.map_structure(1, [1])"]
        + ["nest.map_structure(len)", "nest.map_structure(len, [1], foo=1)"]
        + [f"nest.flatten_dict_items({d})" for d in ("[1]", "{(1, 2): 1}", "{1: 2}")]
        + ["nest.flatten_dict_items({(1, 2): (1, 2), 1: 3})", "nest.map_structure_up_to([0], len)"]
        + ["nest.flatten_dict_items({(4, 5, (6, 8)): ('a', 'b', ('c', 'd'))})"]
        + ["nest.get_traverse_shallow_structure(lambda s: 1, [1])"]
        + ["nest.get_traverse_shallow_structure(lambda s: [1], 1)"]
    )


def errors_cases():
    return (
        [
            "errors.{}(None, None, 'text')".format(name + "Error")
            for name in "Cancelled Unknown InvalidArgument DeadlineExceeded NotFound AlreadyExists "
            "PermissionDenied Unauthenticated ResourceExhausted FailedPrecondition Aborted "
            "OutOfRange Unimplemented Internal Unavailable DataLoss".split()
        ]
        + [f"errors.exception_type_from_error_code({i}).__name__" for i in range(18)]
        + ["errors.error_code_from_exception_type(errors.NotFoundError)"]
        + ["str(errors.NotFoundError(None, None, 'text'))", "errors.OpError(1, None, 'm', 5).args"]
        + [
            "errors.NotFoundError(1, None, 'm').error_code",
            "errors.OpError(1, None, 'm', 5).node_def",
        ]
    )


def compat_cases():
    return (
        [
            f"compat.{function}({value})"
            for function in "as_bytes as_text as_str as_str_any path_to_str".split()
            for value in (
                "'a\\u00e9'",
                "b'ab'",
                "bytearray(b'ab')",
                "3",
                "None",
                "pathlib.Path('a')",
            )
        ]
        + [
            f"isinstance(np.{t}(1), compat.{k}_types)"
            for t in "int32 float32 complex64 bool_".split()
            for k in "integral real complex".split()
        ]
        + [f"forward.forward_compatible(2019, 8, {day})" for day in (20, 21, 22)]
    )


def tensor_spec_cases():
    return [
        "spec.TensorSpec([1, None], dtypes.int32)",
        "spec.TensorSpec(None)",
        "spec.TensorSpec([2], np.float64, 'x') == spec.TensorSpec([2], dtypes.float64, 'x')",
        "spec.TensorSpec([2], np.float64, 'x') == spec.TensorSpec([2], dtypes.float64, 'y')",
        "spec.TensorSpec([2], 'float').most_specific_compatible_type(spec.TensorSpec([3], "
        "'float'))",
        "spec.TensorSpec([2], 'float').most_specific_compatible_type(spec.TensorSpec([3], 'int8'))",
        "spec.TensorSpec([2, 3])._batch(5)",
        "spec.TensorSpec([2, 3])._unbatch()",
        "spec.TensorSpec([])._unbatch()",
        "spec.TensorSpec([2]).is_compatible_with(spec.TensorSpec([None]))",
        "spec.TensorSpec.from_tensor(3)",
        "spec.BoundedTensorSpec((3, 5), dtypes.uint8, (0, 0, 0), (1, 1))",
        "spec.BoundedTensorSpec((3, 5), dtypes.uint8, 0, (1, 1, 1))",
        "spec.BoundedTensorSpec((3, 5), dtypes.uint8, None, 1)",
        "spec.BoundedTensorSpec((1, 2), dtypes.int32, 0, (3, 4), 'n')",
        "spec.BoundedTensorSpec.from_spec(spec.TensorSpec((1, 2), dtypes.int8)).minimum.tolist()",
        "types.type_spec_from_value(np.zeros([2, 3], np.int16))",
    ]


def cases():
    """All expressions, by area."""
    return {
        "dtypes": dtypes_cases(),
        "tensor_shape": tensor_shape_cases(),
        "nest": nest_cases(),
        "errors": errors_cases(),
        "compat": compat_cases(),
        "tensor_spec": tensor_spec_cases(),
    }


def show(value):
    """A value as text that is the same on every version of Python and numpy."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, list):
        return "[" + ", ".join(map(show, value)) + "]"
    if isinstance(value, BaseException):
        return f"{type(value).__name__}: {value}"
    if isinstance(value, collections.OrderedDict):
        return f"OrderedDict({list(value.items())})"
    return repr(value)


def outcome(expression, namespace):
    """What the expression gives, or the error it raises."""
    scope = {"np": np, "collections": collections, "Pair": Pair, "OtherPair": OtherPair}
    scope.update(namespace)
    try:
        return show(eval(expression, scope))
    except Exception as error:
        return "raises " + show(error)
