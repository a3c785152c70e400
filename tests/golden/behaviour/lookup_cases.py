"""Lookup tables: their nodes, values, orders, errors and checkpoints."""

import numpy as np
import saver_cases
from outcomes import Cases, tried
from saver_cases import Folder

CASES = Cases()
case = CASES.case


def nodes(tf):
    """The nodes, in which older versions of protobuf write 0.8 with more digits."""
    return [line.replace("0.800000011920929", "0.8") for line in saver_cases.nodes(tf)]


def vocabulary(d, name="words", lines=("one", "two", "three"), end="\n"):
    with open(d(name), "w") as f:
        f.write("\n".join(lines) + end)
    return d(name)


def session(tf):
    sess = tf.Session()
    sess.run(tf.tables_initializer())
    return sess


@case
def vocabularies(tf, module):
    d = Folder()
    path = vocabulary(d)
    lookup = tf.contrib.lookup
    words = ["two", "none", "one", "", "three"]
    found = {}
    for label, make, keys in (
        ("file", lambda: lookup.index_table_from_file(path), words),
        ("buckets", lambda: lookup.index_table_from_file(path, num_oov_buckets=3), words),
        ("size", lambda: lookup.index_table_from_file(path, vocab_size=2, default_value=7), words),
        (
            "strong",
            lambda: lookup.index_table_from_file(
                path, num_oov_buckets=5, hasher_spec=lookup.StrongHashSpec((1, 2)), name="n"
            ),
            words,
        ),
        ("tensor", lambda: lookup.index_table_from_tensor(["a", "one"], default_value=-3), words),
        (
            "numbers",
            lambda: lookup.index_table_from_tensor(
                tf.constant([5, 7], tf.int32), num_oov_buckets=2, dtype=tf.int32
            ),
            np.array([7, 1, 5], np.int32),
        ),
        (
            "back",
            lambda: lookup.index_to_string_table_from_file(path, default_value="?"),
            np.array([2, 9, 0]),
        ),
        (
            "back of size",
            lambda: lookup.index_to_string_table_from_file(path, vocab_size=2),
            np.array([2, 9, 0]),
        ),
        (
            "back from a tensor",
            lambda: lookup.index_to_string_table_from_tensor(["x", "y"]),
            np.array([1, 9, 0]),
        ),
        ("old file", lambda: lookup.string_to_index_table_from_file(path), words),
        ("old tensor", lambda: lookup.string_to_index_table_from_tensor(["two"]), words),
        (
            "static",
            lambda: tf.lookup.StaticVocabularyTable(
                tf.lookup.TextFileInitializer(path, tf.string, -2, tf.int64, -1), 2
            ),
            words,
        ),
    ):
        with tf.Graph().as_default():
            table = make()
            values = table.lookup(tf.constant(keys))
            sparse = table.lookup(tf.SparseTensor([[0, 1]], tf.constant(keys)[:1], [2, 2]))
            size = table.size()
            found[label + " nodes"] = d.hide(
                [line for line in nodes(tf) if "shared_name" not in line or "DIR" in d.hide(line)]
            )
            sess = session(tf)
            found[label] = tried(sess.run, [values, sparse.values, size])
            found[label + " facts"] = [
                str(table.name),
                str(table.key_dtype),
                str(table.value_dtype),
                str(values.shape),
                table.initializer.name,
                [t.name for t in tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS)],
            ]
    with tf.Graph().as_default():
        index = lookup.string_to_index(tf.constant(["b", "z"]), ["a", "b"])
        back = lookup.index_to_string(tf.constant([1, 5], tf.int64), ["a", "b"])
        found["old functions"] = tried(session(tf).run, [index, back])
    return found


@case
def files_with_columns(tf, module):
    d = Folder()
    path = vocabulary(d, lines=("a\t1\t0.5", "b\t2\t1.5", "c\t3\t-2"), end="")
    found = {}
    for label, arguments in {
        "text to int": (tf.string, 0, tf.int64, 1),
        "int to float": (tf.int64, 1, tf.float32, 2),
        "text to double": (tf.string, 0, tf.float64, 2),
        "number to text": (tf.int64, -1, tf.string, 0),
        "line to number": (tf.string, -2, tf.int64, -1),
        "int32": (tf.string, 0, tf.int32, 1),
        "no int": (tf.string, 0, tf.int64, 0),
        "too few columns": (tf.string, 0, tf.int64, 5),
        "line to int": (tf.string, -2, tf.int64, -2),
        "number as int32": (tf.int32, -1, tf.string, 0),
        "float as line": (tf.float32, -2, tf.string, 0),
        "below": (tf.string, -3, tf.int64, -1),
    }.items():
        with tf.Graph().as_default():

            def run(arguments=arguments):
                init = tf.lookup.TextFileInitializer(path, *arguments)
                default = "?" if arguments[2] == tf.string else -1
                table = tf.lookup.StaticHashTable(init, default)
                keys, values = table.export()
                return session(tf).run([keys, values])

            found[label] = d.hide(tried(run))
    for label, lines, keywords in (
        ("empty line", ["a", "", "b"], {}),
        ("too few lines", ["a", "b"], {"vocab_size": 5}),
        ("twice", ["a", "b", "a"], {}),
        ("twice behind the size", ["a", "b", "a"], {"vocab_size": 2}),
        ("returns", ["a\r", "b\r"], {}),
    ):
        with tf.Graph().as_default():
            table = tf.contrib.lookup.index_table_from_file(vocabulary(d, "f", lines), **keywords)
            value = table.lookup(tf.constant(["b", "a"]))
            found[label] = d.hide(tried(lambda value=value: session(tf).run(value)))
    with tf.Graph().as_default():
        table = tf.contrib.lookup.index_table_from_file(d("none"))
        found["no file"] = d.hide(tried(session, tf))
    return found


@case
def hash_tables(tf, module):
    lookup = tf.contrib.lookup
    found = {}
    Init = lookup.KeyValueTensorInitializer
    for label, keys, values, default in (
        ("text", ["a", "b", "c"], [1.5, 2.5, 3.5], 0.0),
        ("numbers", [3, 1, 2], ["x", "y", "z"], "?"),
        ("bools", ["a", "b"], [True, False], False),
        ("many", (np.arange(40) * 37 % 101).tolist(), np.arange(40), -1),
    ):
        with tf.Graph().as_default():
            table = lookup.HashTable(
                Init(
                    tf.constant(keys, tf.string if label in ("text", "bools") else tf.int64),
                    tf.constant(values),
                ),
                default,
            )
            asked = table.lookup(tf.constant([keys[:2]], table.key_dtype))
            out = table.export()
            sess = tf.Session()
            found[label + " before"] = tried(sess.run, asked)
            sess.run(table.init)
            sess.run(table.init)
            found[label] = tried(sess.run, [asked, table.size(), out])
            found[label + " shapes"] = [str(asked.shape), str(out[0].shape), str(out[1].shape)]
            found[label + " nodes"] = nodes(tf)
    with tf.Graph().as_default():
        first = lookup.HashTable(Init(["a"], [1]), -1, shared_name="s")
        second = lookup.HashTable(Init(["b", "c"], [5, 6]), -1, shared_name="s")
        other = lookup.HashTable(Init(["b"], [0.5]), -1.0, shared_name="s")
        sess = tf.Session()
        sess.run(first.init)
        found["shared"] = tried(sess.run, second.lookup(tf.constant(["a", "b"])))
        found["other data"] = tried(sess.run, second.init)
        found["other types"] = tried(sess.run, other.init)
        twice = lookup.HashTable(Init(["b", "b"], [5, 6]), -1)
        found["two values"] = tried(sess.run, twice.init)
        found["asked by others"] = tried(first.lookup, tf.constant([1]))
        found["default"] = tried(lookup.HashTable, Init(["a"], [1]), [1, 2])
        found["type of the default"] = tried(lookup.HashTable, Init(["a"], [1]), "x")
    return found


@case
def mutable_tables(tf, module):
    d = Folder()
    lookup = tf.contrib.lookup
    found = {}
    for label, make in {
        "scalars": lambda: lookup.MutableHashTable(tf.string, tf.int64, -1),
        "vectors": lambda: lookup.MutableHashTable(tf.string, tf.float32, [0.0, -1.0], name="v"),
        "dense": lambda: lookup.MutableDenseHashTable(
            tf.string, tf.int64, -1, "", "$", initial_num_buckets=4
        ),
        "dense vectors": lambda: lookup.MutableDenseHashTable(
            tf.string, tf.float32, [0.0, -1.0], "", "$", initial_num_buckets=8
        ),
    }.items():
        with tf.Graph().as_default():
            table = make()
            vector = "vectors" in label
            values = [[1.0, 2], [3, 4], [5, 6]] if vector else [1, 2, 3]
            insert = table.insert(["a", "b", "c"], values)
            again = table.insert(["b"], [[9.0, 9]] if vector else [9])
            remove = table.remove(tf.constant(["a", "z"]))
            asked = table.lookup(tf.constant(["a", "b", "z"]))
            keys, out = table.export()
            saver = tf.train.Saver()
            found[label + " nodes"] = nodes(tf)
            found[label + " shapes"] = [str(asked.shape), str(keys.shape), str(out.shape)]
            sess = tf.Session()
            found[label + " empty"] = tried(sess.run, [asked, table.size()])
            sess.run(insert)
            found[label + " three"] = tried(sess.run, [asked, table.size(), keys, out])
            path = saver.save(sess, d(label.replace(" ", "_")), write_meta_graph=False)
            sess.run(again)
            sess.run(remove)
            found[label + " two"] = tried(sess.run, [asked, table.size(), keys, out])
            saver.restore(sess, path)
            found[label + " restored"] = tried(sess.run, [asked, table.size()])
            sess.run(table.insert(list("defghij"), [values[0]] * 7))
            found[label + " ten"] = tried(sess.run, [table.size(), keys, out])
            found[label + " saved"] = tried(tf.train.list_variables, path)
    return found


@case
def mutable_mistakes(tf, module):
    lookup = tf.contrib.lookup
    found = {}
    table = lookup.MutableHashTable(tf.string, tf.int64, -1)
    dense = lookup.MutableDenseHashTable(tf.int64, tf.int64, -1, 0, -1, initial_num_buckets=4)
    pairs = lookup.MutableDenseHashTable(
        tf.int64, tf.int64, -1, [0, 0], [-1, -1], initial_num_buckets=4
    )
    sess = tf.Session()
    run = sess.run
    found["key type"] = tried(table.lookup, tf.constant([1]))
    found["value type"] = tried(table.insert, ["a"], ["b"])
    found["removed type"] = tried(table.remove, tf.constant([1]))
    found["value shape"] = tried(lambda: run(table.insert(["a"], [1, 2])))
    found["empty key"] = tried(lambda: run(dense.insert([0], [1])))
    found["deleted key"] = tried(lambda: run(dense.lookup(tf.constant([-1], tf.int64))))
    found["pairs"] = tried(
        lambda: [
            run(pairs.insert([[1, 2], [3, 4]], [5, 6])),
            run(pairs.lookup([[3, 4], [1, 2], [9, 9]])),
        ]
    )
    found["pairs exported"] = tried(lambda: run(pairs.export()))
    found["pairs shape"] = tried(
        lambda: pairs.lookup(tf.constant([1, 2], tf.int64)).shape.as_list()
    )
    found["wrong pairs"] = tried(lambda: run(pairs.lookup(tf.constant([[1, 2, 3]], tf.int64))))
    for label, arguments in {
        "equal marks": (tf.int64, tf.int64, -1, 0, 0),
        "other shapes": (tf.int64, tf.int64, -1, 0, [0, 1]),
        "buckets": (tf.int64, tf.int64, -1, 0, 1, 3),
        "few buckets": (tf.int64, tf.int64, -1, 0, 1, 2),
    }.items():
        found[label] = tried(
            lambda a=arguments: run(lookup.MutableDenseHashTable(*a, name="t").size())
        )
    grown = lookup.MutableDenseHashTable(tf.int64, tf.int64, -1, -5, -6, initial_num_buckets=4)
    run(grown.insert(list(range(0, 400, 4)), list(range(100))))
    run(grown.remove(tf.constant([0, 4, 8], tf.int64)))
    found["grown"] = tried(lambda: run([grown.size(), grown.export(), grown.lookup([8, 12])]))
    for label, call in {
        "no file": lambda: lookup.index_table_from_file(""),
        "negative buckets": lambda: lookup.index_table_from_file("x", num_oov_buckets=-1),
        "no size": lambda: lookup.index_table_from_file("x", vocab_size=0),
        "float keys": lambda: lookup.index_table_from_file("x", key_dtype=tf.float32),
        "no list": lambda: lookup.index_table_from_tensor(None),
        "float list": lambda: lookup.index_table_from_tensor([1.0], dtype=tf.float32),
        "other list": lambda: lookup.index_table_from_tensor(["a"], dtype=tf.int64),
        "no mapping": lambda: lookup.index_to_string_table_from_tensor(None),
        "strong hash": lambda: lookup.StrongHashSpec([1]),
        "strong hash of text": lambda: lookup.StrongHashSpec(["a", 1]),
        "no table": lambda: lookup.IdTableWithHashBuckets(None, 0),
        "hasher": lambda: lookup.IdTableWithHashBuckets(None, 2, hasher_spec="x"),
        "buckets of floats": lambda: lookup.IdTableWithHashBuckets(None, 2, key_dtype=tf.float32),
        "only buckets": lambda: run(
            lookup.IdTableWithHashBuckets(None, 3).lookup(tf.constant(["a", "b"]))
        ),
        "no vocabulary": lambda: tf.lookup.StaticVocabularyTable(None, 0),
    }.items():
        found[label] = tried(call)
    return found


@case
def raw_tables(tf, module):
    """Ops themselves: what they say where inputs do not fit, before and after they run."""
    raw = tf.raw_ops
    sess = tf.Session()
    found = {}

    def ran(label, make, feed=None):
        found[label] = tried(lambda: sess.run(make(), feed))

    def made(label, make):
        found[label] = tried(lambda: [str(t.shape) for t in make()])

    def hashed():
        return raw.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64)

    table, twos = hashed(), np.array([2], np.int64)
    ran("found types", lambda: raw.LookupTableFindV2(table_handle=table, keys=[1], default_value=2))
    ran(
        "imported types",
        lambda: raw.LookupTableImportV2(table_handle=table, keys=["a"], values=[2]),
    )
    ran("insert", lambda: raw.LookupTableInsertV2(table_handle=table, keys=["a"], values=twos))
    ran("remove", lambda: raw.LookupTableRemoveV2(table_handle=table, keys=["a"]))
    export = {"table_handle": table, "Tkeys": tf.string, "Tvalues": tf.int64}
    ran("export too early", lambda: raw.LookupTableExportV2(**export))
    ran("size", lambda: raw.LookupTableSizeV2(table_handle=table))
    ran("initialize", lambda: raw.InitializeTableV2(table_handle=table, keys=["a"], values=twos))
    ran("export", lambda: list(raw.LookupTableExportV2(**export)))
    ran(
        "default",
        lambda: raw.LookupTableFindV2(table_handle=table, keys="a", default_value=twos),
    )
    made(
        "default of two axes",
        lambda: [raw.LookupTableFindV2(table_handle=table, keys="a", default_value=[[1]])],
    )

    keys, values = tf.placeholder(tf.string), tf.placeholder(tf.int64)
    other = hashed()
    whole = {"table_handle": other, "keys": keys, "values": values}
    for label, a, b in (
        ("sizes", ["a"], [1, 2]),
        ("scalars", "a", 1),
        ("matrices", [["a"]], [[1]]),
        ("nothing", [], []),
    ):
        feed = {keys: a, values: b}
        ran("initialize " + label, lambda: raw.InitializeTableV2(**whole), feed)
        ran("import " + label, lambda: raw.LookupTableImportV2(**whole), feed)

    old = raw.HashTable(key_dtype=tf.string, value_dtype=tf.int64)
    for label, op in (("insert", raw.LookupTableInsert), ("initialize", raw.InitializeTable)):
        ran("old " + label, lambda op=op: op(table_handle=old, keys=[1], values=[2]))
    ran("old find", lambda: raw.LookupTableFind(table_handle=old, keys=[1], default_value=2))
    ran("old fill", lambda: raw.InitializeTable(table_handle=old, keys=["a"], values=twos))
    ran(
        "old found",
        lambda: raw.LookupTableFind(table_handle=old, keys=["a"], default_value=0 * twos[0]),
    )
    ran("old size", lambda: raw.LookupTableSize(table_handle=old))
    ran(
        "old export",
        lambda: list(raw.LookupTableExport(table_handle=old, Tkeys=tf.string, Tvalues=tf.int64)),
    )
    old = raw.MutableHashTable(key_dtype=tf.string, value_dtype=tf.int64, shared_name="m")
    ran("old import", lambda: raw.LookupTableImport(table_handle=old, keys=["a"], values=twos))
    ran("old size of that", lambda: raw.LookupTableSize(table_handle=old))
    vectors = raw.MutableHashTableOfTensors(
        key_dtype=tf.int32, value_dtype=tf.int32, value_shape=[2], container="box"
    )
    ran(
        "old vector", lambda: raw.LookupTableInsert(table_handle=vectors, keys=[1], values=[[2, 3]])
    )
    ran(
        "old vectors",
        lambda: raw.LookupTableFind(table_handle=vectors, keys=[[1], [0]], default_value=[8, 9]),
    )
    return found


@case
def raw_shapes(tf, module):
    """Static shapes of tables' ops, and what they complain of."""
    raw = tf.raw_ops
    sess = tf.Session()
    found = {}

    def made(label, make):
        found[label] = tried(lambda: [str(t.shape) for t in make()])

    table = raw.MutableHashTableV2(key_dtype=tf.string, value_dtype=tf.int64)
    vectors = raw.MutableHashTableOfTensorsV2(
        key_dtype=tf.string, value_dtype=tf.int64, value_shape=[2]
    )
    dense = raw.MutableDenseHashTableV2(
        empty_key=[1, 2], deleted_key=[3, 4], value_dtype=tf.float32, value_shape=[3]
    )
    ones, twos = np.array([2], np.int64), np.array([2, 3], np.int64)
    for label, handle, keys, default in (
        ("key type", table, [1], 2),
        ("value type", table, ["1"], 2),
        ("matrix", table, [["a", "b"]], twos[0]),
        ("through Identity", tf.identity(table), ["a", "b"], twos[0]),
        ("vectors", vectors, [["a", "b", "c"]], twos),
        ("pairs", dense, [[1, 1], [3, 2]], [2.0, 3.0, 3.0]),
        ("threes", dense, [[1, 1, 3], [3, 2, 3]], [2.0, 3.0, 3.0]),
        ("no pair", dense, 1, [2.0, 3.0, 3.0]),
        ("unknown", dense, tf.placeholder(tf.int32), [2.0, 3.0, 3.0]),
    ):
        made(
            label,
            lambda h=handle, k=keys, d=default: [
                raw.LookupTableFindV2(table_handle=h, keys=k, default_value=d)
            ],
        )
    for label, handle, types in (
        ("export", table, (tf.string, tf.int64)),
        ("export vectors", vectors, (tf.string, tf.int64)),
        ("export dense", dense, (tf.int32, tf.float32)),
        ("exported types", table, (tf.int64, tf.int64)),
    ):
        made(
            label,
            lambda h=handle, t=types: raw.LookupTableExportV2(
                table_handle=h, Tkeys=t[0], Tvalues=t[1]
            ),
        )
    made(
        "import vectors",
        lambda: [raw.LookupTableImportV2(table_handle=vectors, keys=["a"], values=[twos])],
    )
    made("remove one", lambda: [raw.LookupTableRemoveV2(table_handle=table, keys="a")])
    made(
        "keys of two axes",
        lambda: [
            raw.MutableDenseHashTableV2(empty_key=[[1]], deleted_key=[[3]], value_dtype=tf.float32)
        ],
    )
    made(
        "filenames",
        lambda: [
            raw.InitializeTableFromTextFileV2(
                table_handle=table, filename=["a"], key_index=0, value_index=1
            )
        ],
    )
    for label, arguments in (
        ("load factor", {"max_load_factor": 1.5}),
        ("value shape", {"value_shape": [3, 2]}),
    ):
        wrong = raw.MutableDenseHashTableV2(
            empty_key=1, deleted_key=3, value_dtype=tf.float32, **arguments
        )
        found[label] = tried(lambda t=wrong: sess.run(raw.LookupTableSizeV2(table_handle=t)))
    wrong = raw.MutableHashTableOfTensorsV2(
        key_dtype=tf.string, value_dtype=tf.int64, value_shape=[]
    )
    found["no vector"] = tried(lambda: sess.run(raw.LookupTableSizeV2(table_handle=wrong)))
    del ones
    return found


@case
def raw_files(tf, module):
    """Files that cannot be read into tables."""
    d = Folder()
    raw = tf.raw_ops
    sess = tf.Session()
    found = {}
    vocabulary(d, "full")
    vocabulary(d, "again", ["one", "two", "three", "four"])
    open(d("empty"), "w").close()
    table = raw.HashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name="t")
    for label, name, arguments in (
        ("no name", None, {}),
        ("delimiter", "full", {"delimiter": "ab"}),
        ("empty", "empty", {}),
        ("empty of three", "empty", {"vocab_size": 3}),
        ("none", "none", {}),
        ("folder", "", {}),
        ("number as key", "none", {"key_index": -1}),
        ("line as value", "none", {"value_index": -2}),
        ("full", "full", {}),
        ("again", "again", {}),
        ("again with an error at the end", "full", {"vocab_size": 9}),
        ("again with an error at the start", "empty", {}),
    ):
        columns = dict({"key_index": -2, "value_index": -1}, **arguments)
        fill = raw.InitializeTableFromTextFileV2(
            table_handle=table, filename="" if name is None else d(name).rstrip("/"), **columns
        )
        found[label] = d.hide(tried(sess.run, fill))
        size = raw.LookupTableSizeV2(table_handle=table)
        found[label + " size"] = tried(sess.run, size)
    mutable = raw.MutableHashTableV2(key_dtype=tf.string, value_dtype=tf.int64, shared_name="m")
    fill = raw.InitializeTableFromTextFileV2(
        table_handle=mutable, filename=d("full"), key_index=-2, value_index=-1
    )
    found["mutable"] = tried(sess.run, fill)
    fill = raw.InitializeTableV2(table_handle=mutable, keys=["a"], values=np.array([2], np.int64))
    found["mutable from tensors"] = tried(sess.run, fill)
    return found


@case
def orders(tf, module):
    """In which order entries are exported, after many changes."""
    lookup = tf.contrib.lookup
    found = {}
    sess = tf.Session()
    keys, values = tf.placeholder(tf.int64, [None]), tf.placeholder(tf.int64, [None])
    texts = tf.as_string(keys)
    for label, make in {
        "numbers": lambda: lookup.MutableHashTable(tf.int64, tf.int64, -1),
        "small numbers": lambda: lookup.MutableHashTable(tf.int32, tf.int32, -1),
        "texts": lambda: lookup.MutableHashTable(tf.string, tf.int64, -1),
        "dense": lambda: lookup.MutableDenseHashTable(
            tf.int64, tf.int64, -1, -5, -7, initial_num_buckets=8
        ),
        "dense texts": lambda: lookup.MutableDenseHashTable(
            tf.string, tf.int64, -1, "", "$", initial_num_buckets=8
        ),
        "dense pairs": lambda: lookup.MutableDenseHashTable(
            tf.int64, tf.int64, -1, [0, 0], [-1, -1], initial_num_buckets=8
        ),
    }.items():
        table = make()
        used = texts if table.key_dtype == tf.string else tf.cast(keys, table.key_dtype)
        if label == "dense pairs":
            used = tf.stack([keys + 1, keys % 3], axis=1)
        insert = table.insert(used, tf.cast(values, table.value_dtype))
        remove, out, size = table.remove(used), table.export(), table.size()
        asked = table.lookup(used)
        exported = []
        for step in range(6):
            new = np.arange(step * 9, step * 9 + 20) * 7919 % 10007 - 50 * (label == "numbers")
            sess.run(insert, {keys: new, values: np.arange(20)})
            sess.run(remove, {keys: new[3 : 12 + step]})
            exported.append(tried(sess.run, [out, size, asked], {keys: new}))
        found[label] = exported
        # Behind what was deleted, a key may come twice.
        small = np.array([1, 9, 17, 25, 33])
        for new in (small, small + 8):
            sess.run(insert, {keys: new, values: new})
        for gone in (17, 9, 25):
            sess.run(remove, {keys: [gone]})
            sess.run(insert, {keys: [33, gone], values: [1, 2]})
            sess.run(remove, {keys: [33]})
            found["%s without %d" % (label, gone)] = tried(  # noqa: UP031 - Python 3.7
                sess.run, [out, size, asked], {keys: small}
            )
    return found


@case
def loops_and_functions(tf, module):
    """Tables in branches, loops and functions."""
    lookup = tf.contrib.lookup
    found = {}
    p = tf.placeholder_with_default(True, [])

    def branch():
        table = lookup.index_table_from_tensor(["a", "b"], num_oov_buckets=2)
        return table.lookup(tf.constant(["b", "c"]))

    chosen = tf.cond(p, branch, lambda: tf.constant([7, 8], tf.int64))
    counts = lookup.MutableHashTable(tf.int64, tf.int64, 0)

    def body(i):
        with tf.control_dependencies([counts.insert([i % 3], counts.lookup([i % 3]) + 1)]):
            return i + 1

    looped = tf.while_loop(lambda i: i < 10, body, [tf.constant(0, tf.int64)])
    found["nodes"] = [
        line for line in nodes(tf) if "shared_name" not in line or "hash_table_" not in line
    ]
    sess = session(tf)
    found["chosen"] = tried(sess.run, [chosen])
    found["other"] = tried(sess.run, [chosen], {p: False})
    found["looped"] = tried(sess.run, looped)
    found["counts"] = tried(sess.run, counts.export())

    with tf.Graph().as_default():
        words = lookup.index_table_from_tensor(["x", "y"], default_value=-4)

        @tf.function(input_signature=[tf.TensorSpec([None], tf.string)])
        def numbers(text):
            return words.lookup(text) * 2

        out = numbers(tf.constant(["y", "z"]))
        found["function"] = tried(session(tf).run, out)
    return found


@case
def collections(tf, module):
    """What graphs know of their tables."""
    d = Folder()
    path = vocabulary(d)
    found = {}
    found["none"] = [tf.tables_initializer().type, tf.initialize_all_tables("n").name]
    tf.contrib.lookup.index_table_from_file(path)
    tf.contrib.lookup.index_table_from_file(tf.placeholder(tf.string, []))
    tf.contrib.lookup.index_table_from_file(tf.constant(path, name="given"), 3)
    tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, 0, name="kept")
    tf.contrib.lookup.MutableHashTable(tf.string, tf.int64, 0, name="left", checkpoint=False)
    for key in (
        tf.GraphKeys.TABLE_INITIALIZERS,
        tf.GraphKeys.ASSET_FILEPATHS,
        tf.GraphKeys.SAVEABLE_OBJECTS,
    ):
        found[key] = [item.name for item in tf.get_collection(key)]
    init = tf.tables_initializer()
    found["initializer"] = [init.name, [c.name for c in init.control_inputs]]
    found["asset"] = tried(tf.Session().run, tf.get_collection(tf.GraphKeys.ASSET_FILEPATHS))
    found = d.hide(found)
    table = tf.contrib.lookup.index_table_from_tensor(tf.constant(["a"]), num_oov_buckets=1)
    found["names"] = [table.name, table.init.name, table.resource_handle.name]
    found["only buckets"] = tf.lookup.StaticVocabularyTable(None, 2, name="a/b/").name
    found["only buckets start"] = tf.lookup.StaticVocabularyTable(None, 2).initializer.name
    found["classes"] = [
        [base.__name__ for base in kind.__mro__]
        for kind in (tf.lookup.StaticHashTable, tf.lookup.KeyValueTensorInitializer)
    ]
    return found
