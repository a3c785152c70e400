"""What `Session.run` takes and gives: nested fetches, types of results, feeds."""

import collections

import numpy as np
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case
Pair = collections.namedtuple("Pair", "left right")


class Mapping(collections.abc.Mapping):
    def __init__(self, items=()):
        self._items = dict(items)

    def __getitem__(self, key):
        return self._items[key]

    def __iter__(self):
        return iter(self._items)

    def __len__(self):
        return len(self._items)


@case
def nested_fetches(tf, module):
    a, b = tf.constant(1.0, name="a"), tf.constant([2, 3], name="b")
    v = tf.Variable(4.0, name="v")
    op = tf.no_op(name="op")
    sparse = tf.SparseTensor([[0, 1]], [5.0], [2, 2])
    slices = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]), tf.constant([3, 1]))
    short = tf.IndexedSlices(tf.constant([[1.0]]), tf.constant([0]))
    s = tf.Session()
    s.run(v.initializer)
    r = s.run
    return {
        "scalar": tried(r, a),
        "vector": tried(r, b),
        "list": tried(r, [a, b]),
        "tuple": tried(r, (a, b)),
        "empty list": tried(r, []),
        "empty tuple": tried(r, ()),
        "empty dict": tried(r, {}),
        "one list": tried(r, [a]),
        "dict": tried(r, {"x": a, "y": [b, op]}),
        "ordered": tried(r, collections.OrderedDict([("z", a), ("b", b)])),
        "default dict": tried(r, collections.defaultdict(list, x=a)),
        "mapping": tried(r, Mapping([("z", a), ("b", b)])),
        "pair": tried(r, Pair(a, [b])),
        "deep": tried(r, [[a, (b, {"k": Pair(op, v)})], a]),
        "duplicates": tried(r, [a, a, [a]]),
        "operation": tried(r, op),
        "operations": tried(r, [op, op]),
        "name": tried(r, "a:0"),
        "names": tried(r, ["a:0", "op", "b:0"]),
        "operation by name": tried(r, "a"),
        "bytes": tried(r, b"a:0"),
        "variable": tried(r, v),
        "ref": tried(r, v._variable),
        "initializer": tried(r, v.initializer),
        "sparse": tried(r, sparse),
        "slices": tried(r, slices),
        "short slices": tried(r, short),
        "list with sparse": tried(r, [sparse, a]),
        "sparse value": tried(r, tf.SparseTensorValue(a, b, a)),
        "set": tried(r, {a}),
        "none": tried(r, None),
        "list with none": tried(r, [a, None]),
        "dict with none": tried(r, {"x": None}),
        "number": tried(r, 3),
        "array": tried(r, np.zeros(2)),
        "generator": tried(lambda: type(r(x for x in [a])).__name__)[:30],
        "graph": tried(lambda: r(tf.Graph()))[:30],
        "string": tried(r, "no such name"),
        "port": tried(r, "a:1"),
        "bad port": tried(r, "a:x"),
        "keys order": tried(r, {"b": a, "a": b}),
        "int keys": tried(r, {2: a, 1: b}),
        "tensor keys": tried(lambda: list(map(str, r({a: a}).values()))),
        "assign": tried(r, v.assign(7.0)),
        "assign op": tried(r, v.assign(8.0).op),
        "group": tried(r, tf.group(v.assign_add(1.0))),
        "list of variables": tried(r, tf.global_variables()),
        "split": tried(r, tf.split([1, 2, 3, 4], 2)),
        "named outputs": tried(r, tf.unique([3, 3, 4])),
        "top_k": tried(r, tf.nn.top_k([1.0, 3.0, 2.0], 2)),
        "local": tried(r, tf.assign_add(v, 1.0)),
    }


@case
def types_of_results(tf, module):
    s = tf.Session()
    found = {}
    for dtype in (
        "float16 float32 float64 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool "
        "complex64 complex128 qint8 quint8 qint32"
    ).split():
        t = tf.as_dtype(dtype)
        array = np.array([1, 0, 2]).astype(t.as_numpy_dtype)

        def fetched(value, t=t):
            found = s.run(tf.constant(value, t))
            return [
                type(found).__name__.replace("bool_", "bool"),
                str(found.dtype),
                list(found.shape),
            ]

        found[dtype] = [tried(fetched, array), tried(fetched, array[0])]
        p = tf.placeholder(t)

        def fed(value, p=p):
            found = s.run(tf.identity(p), {p: value})
            return [
                type(found).__name__.replace("bool_", "bool"),
                str(found.dtype),
                list(found.shape),
            ]

        found[dtype + " fed"] = [tried(fed, array), tried(fed, array[0]), tried(fed, array[:0])]
    found["string"] = tried(s.run, tf.constant("a"))
    found["strings"] = tried(s.run, tf.constant([[b"a", b"\xff"]]))
    found["no strings"] = tried(s.run, tf.constant([], tf.string))
    found["empty"] = tried(s.run, tf.zeros([0, 3]))
    found["writable"] = tried(lambda: s.run(tf.zeros([3])).flags.writeable)
    x = tf.placeholder(tf.float32, [2])

    def kept():
        given = np.array([1, 2], np.float32)
        got = s.run(x, {x: given})
        given[0] = 5
        return got

    found["fed is a copy"] = tried(kept)
    return found


@case
def feeds(tf, module):
    x = tf.placeholder(tf.float32, [None], name="x")
    n = tf.placeholder(tf.int32, [], name="n")
    t = tf.placeholder(tf.string, name="t")
    b = tf.placeholder(tf.bool, name="b")
    c = tf.constant(2.0, name="c")
    d = tf.add(c, 1.0, name="d")
    y = x * d
    pd = tf.placeholder_with_default([1.0], [None], name="pd")
    s = tf.Session()
    r = s.run
    one = np.ones(2, np.float32)
    return {
        "list": tried(r, y, {x: [1, 2]}),
        "tuple": tried(r, y, {x: (1, 2)}),
        "other dtype": tried(r, y, {x: np.ones(2, np.float64)}),
        "int array": tried(r, y, {x: np.ones(2, np.int64)}),
        "bool array": tried(r, y, {x: np.ones(2, bool)}),
        "complex": tried(r, y, {x: np.ones(2, np.complex64)}),
        "strings for floats": tried(r, y, {x: ["1.5", "2"]}),
        "name": tried(r, y, {"x:0": one}),
        "operation name": tried(r, y, {"x": one}),
        "bytes name": tried(r, y, {b"x:0": one}),
        "operation": tried(r, y, {x.op: one}),
        "intermediate": tried(r, y, {x: one, d: 5.0}),
        "constant": tried(r, y, {x: one, c: 5.0}),
        "fetch of fed": tried(r, [x, d], {x: one, d: 7.0}),
        "fetch of fed scalar": tried(r, d, {d: 7}),
        "fed and its op": tried(r, [d, d.op], {d: 7}),
        "whole number": tried(r, n, {n: 3}),
        "float for int": tried(r, n, {n: 3.7}),
        "whole float for int": tried(r, n, {n: 3.0}),
        "large": tried(r, n, {n: 2**31}),
        "large in list": tried(r, tf.placeholder(tf.int32, name="m"), {"m:0": [2**31]}),
        "large array": tried(r, n, {n: np.int64(2**31)}),
        "int64": tried(r, n, {n: np.int64(3)}),
        "bool for int": tried(r, n, {n: True}),
        "nan": tried(r, x, {x: [float("nan")]}),
        "none for float": tried(r, x, {x: [None]}),
        "text": tried(r, tf.identity(t), {t: "text"}),
        "bytes": tried(r, tf.identity(t), {t: b"\xff"}),
        "unicode": tried(r, tf.identity(t), {t: "\u00fc"}),
        "texts": tried(r, tf.identity(t), {t: ["a", "\u00fc", b"c"]}),
        "text array": tried(r, tf.identity(t), {t: np.array(["a", "bc"])}),
        "bytes array": tried(r, tf.identity(t), {t: np.array([b"a", b"bc"])}),
        "object array": tried(r, tf.identity(t), {t: np.array(["a", b"bc"], object)}),
        "number for text": tried(r, tf.identity(t), {t: 3})[:30],
        "bool": tried(r, b, {b: True}),
        "bools": tried(r, b, {b: [True, False]}),
        "number for bool": tried(r, b, {b: 2}),
        "string for bool": tried(r, b, {b: "False"}),
        "default": tried(r, pd),
        "default fed": tried(r, pd, {pd: [3.0]}),
        "wrong shape": tried(r, x, {x: [[1.0]]}),
        "scalar for vector": tried(r, x, {x: 1.0}),
        "empty": tried(r, x, {x: []}),
        "nothing": tried(r, y, {}),
        "unused": tried(r, c, {x: one}),
        "unused wrong": tried(r, c, {x: [[1.0]]}),
        "key number": tried(r, c, {3: 1.0}),
        "key none": tried(r, c, {None: 1.0}),
        "key unknown": tried(r, c, {"zzz:0": 1.0}),
        "key port": tried(r, c, {"x:1": 1.0}),
        "tuple key": tried(r, [x, n], {(x, n): ([1.0], 2)}),
        "nested tuple key": tried(r, [x, n, c], {(x, (n, c)): ([1.0], (2, 3.0))}),
        "tuple key of other length": tried(r, [x, n], {(x, n): ([1.0],)}),
        "tuple keys twice": tried(r, [x, n], {(x, n): ([1.0], 2), (n, x): (3, [4.0])}),
        "list for feed": tried(r, c, [x]),
        "string for feed": tried(r, c, "x"),
        "tensor": tried(r, c, {x: c}),
        "iterator": tried(r, x, {x: iter([1.0])})[:30],
        "range": tried(r, x, {x: range(3)}),
        "twice by name": tried(r, x, {x: [1.0], "x:0": [2.0]}),
        "matrix": tried(r, x, {x: np.matrix([1.0])})[:60],
        "not contiguous": tried(r, x, {x: np.arange(6, dtype=np.float32)[::2]}),
        "reversed": tried(r, x, {x: np.arange(3, dtype=np.float32)[::-1]}),
        "big endian": tried(r, x, {x: np.arange(3).astype(">f4")}),
    }


@case
def feeds_of_variables_and_composites(tf, module):
    s = tf.Session()
    v = tf.Variable([1.0, 2.0], name="v")
    w = tf.get_variable("w", [2], use_resource=True)
    sparse = tf.sparse_placeholder(tf.float32, name="sp")
    shaped = tf.sparse_placeholder(tf.float32, [2, 3], name="shaped")
    slices = tf.IndexedSlices(
        tf.placeholder(tf.float32), tf.placeholder(tf.int32), tf.placeholder(tf.int32)
    )
    short = tf.IndexedSlices(tf.placeholder(tf.float32), tf.placeholder(tf.int32))
    slices_value = module("python.framework.ops").IndexedSlicesValue
    fetch = [sparse.indices, sparse.values, sparse.dense_shape]
    value = tf.SparseTensorValue([[0, 1]], [5.0], [2, 2])
    double = tf.identity(v) * 2.0
    return {
        "variable": tried(s.run, double, {v: [3.0, 4.0]}),
        "variable itself": tried(s.run, v, {v: [3.0, 4.0]}),
        "its read": tried(s.run, v.value(), {v.value(): [3.0, 4.0]}),
        "resource variable": tried(s.run, w + 0.0, {w: [3.0, 4.0]}),
        "resource variable itself": tried(s.run, w, {w: [3.0, 4.0]}),
        "sparse": tried(s.run, fetch, {sparse: value}),
        "sparse tuple": tried(s.run, fetch, {sparse: ([[0, 1]], [5.0], [2, 2])}),
        "sparse fetched": tried(s.run, sparse, {sparse: value}),
        "shaped": tried(s.run, shaped, {shaped: tf.SparseTensorValue([[0, 1]], [5.0], [2, 3])}),
        "shaped otherwise": tried(s.run, shaped, {shaped: value}),
        "sparse of arrays": tried(
            s.run, fetch, {sparse: (np.array([[0, 1]]), np.array([5.0]), np.array([2, 2]))}
        ),
        "sparse parts": tried(s.run, fetch, {tuple(fetch): ([[0, 1]], [5.0], [2, 2])}),
        "slices": tried(s.run, slices, {slices: slices_value([[1.0]], [0], [3, 1])})[:40],
        "slices tuple": tried(s.run, slices, {slices: ([[1.0]], [0], [3, 1])}),
        "short slices": tried(s.run, short, {short: ([[1.0]], [0])}),
        "sparse result fed again": tried(
            lambda: s.run(sparse, {sparse: s.run(tf.SparseTensor([[0, 1]], [5.0], [2, 2]))})
        ),
    }
