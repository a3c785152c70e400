"""What programs see of eager execution: functions of `tf` that return values and texts."""

import importlib
import os
import pickle
import tempfile

import numpy as np

CASES = {}


def case(function):
    CASES[function.__name__] = function
    return function


def matrix(tf):
    return tf.constant([[1.0, 2.0], [3.0, 4.0]])


def attempt(function):
    """The result of a function, or its error."""
    try:
        return function()
    except Exception as error:
        first = str(error).split("\n")[0].split(" name: ")[0]
        return [type(error).__name__, first]


@case
def texts(tf):
    tensors = [
        matrix(tf),
        tf.constant(3),
        tf.constant(b"ab"),
        tf.constant(["a", "b"]),
        tf.zeros([0]),
    ]
    return [write(t) for write in (str, repr, "{}".format) for t in tensors]


@case
def conversions(tf):
    x = matrix(tf)
    return [
        len(x),
        [row.numpy() for row in x],
        bool(tf.constant(True)),
        int(tf.constant(3.7)),
        float(tf.constant(3)),
        list(range(5))[tf.constant(2)],
        f"{tf.constant(1.5):.2f}",
        np.array(x),
        np.float32(x[0, 0]),
        x.shape.as_list(),
        x.device,
        tf.constant(x),
        tf.constant(["x", b"y"]),
        tf.convert_to_tensor([x, x]),
        tf.convert_to_tensor(x) is x,
        x == x,
        x.cpu(),
    ]


@case
def refusals(tf):
    x = matrix(tf)
    return [
        attempt(lambda: len(tf.constant(1))),
        attempt(lambda: list(tf.constant(1))),
        attempt(lambda: bool(x)),
        attempt(lambda: x.eval()),
        attempt(lambda: x.set_shape([3, 3])),
        attempt(lambda: tf.matmul(x, tf.ones([3, 1]))),
        attempt(lambda: x + tf.ones([3, 3])),
        attempt(lambda: tf.placeholder(tf.float32)),
        attempt(lambda: tf.gradients(x, x)),
        attempt(lambda: tf.Assert(tf.constant(False), [x, tf.constant("s")])),
        attempt(lambda: tf.reshape(x, [3])),
        attempt(lambda: tf.gather(x, 5)),
        attempt(lambda: tf.concat([x, tf.ones([3, 3])], 0)),
        attempt(lambda: tf.train.GradientDescentOptimizer(0.1).minimize(x)),
    ]


@case
def operators(tf):
    x = matrix(tf)
    return [
        x + 1, 2 - x, x * x, x / 3.0, x**2, -x, abs(-x), x @ x, x > 2, x[0], x[:, 1],
        x[..., tf.newaxis],
        tf.reduce_sum(x, 0), tf.reduce_mean(x, keepdims=True), tf.shape(x), tf.size(x), tf.rank(x),
        tf.cast(x, tf.int64), tf.transpose(x), tf.split(x, 2, 1), tf.unstack(x), tf.stack([x, x]),
        tf.nn.softmax(x), tf.argmax(x, 1), tf.where(x > 2), tf.one_hot([1, 0], 2),
        tf.tile(x, [1, 2]),
        tf.strings.join(["a", tf.constant("b")]), tf.string_split(["a b", "c"]), tf.range(3),
        tf.nn.top_k(x), tf.unique([1, 1, 2]), tf.meshgrid([1, 2], [3]),
        tf.einsum("ij,jk->ik", x, x),
        tf.sparse.to_dense(tf.SparseTensor([[0, 1]], [5], [1, 2])), tf.clip_by_value(x, 2.0, 3.0),
    ]  # fmt: skip


@case
def variables(tf):
    v = tf.Variable([1.0, 2.0])
    w = tf.Variable(2.0, name="w")
    g = tf.get_variable("g", [2], initializer=tf.ones_initializer())
    with tf.variable_scope("s"):
        h = tf.get_variable("g", [2], initializer=tf.zeros_initializer(), trainable=False)
    found = [repr(v), repr(w), v.name, g.name, h.name, h.trainable, v.numpy(), v + 1]
    v.assign_add([1.0, 1.0])
    found.append(v.numpy())
    before = v.read_value()
    v.assign([5.0, 6.0])
    v[0].assign(9.0)
    again = tf.get_variable("g", [2], initializer=tf.zeros_initializer())
    found += [before, v, g, again, tf.Variable(lambda: 3), len(tf.global_variables())]
    tf.scatter_update(v, [1], [7.0])
    found += [v, tf.gather(v, [1, 0]), repr(v.assign_sub([1.0, 1.0])), v.shape.as_list()]
    return found


@case
def choices_and_loops(tf):
    x = tf.constant(3)
    array = tf.TensorArray(tf.int32, 3)
    for i in range(3):
        array = array.write(i, i * x)
    return [
        tf.cond(x > 2, lambda: x + 1, lambda: x - 1),
        tf.case([(x < 2, lambda: tf.constant(1)), (x > 2, lambda: tf.constant(2))]),
        tf.while_loop(lambda i: i < 5, lambda i: i + 1, [tf.constant(0)]),
        tf.while_loop(lambda i, s: i < 5, lambda i, s: (i + 1, s + i), (0, x)),
        tf.map_fn(lambda a: a * 2, matrix(tf)),
        tf.scan(lambda a, b: a + b, tf.range(4)),
        tf.foldl(lambda a, b: a - b, tf.range(4)),
        array.stack(),
        array.read(1),
        [int(i) for i in tf.range(3)],
    ]


@case
def seeds(tf):
    tf.set_random_seed(1)
    found = [tf.random_normal([2]), tf.random_normal([2])]
    found += [tf.random_uniform([2], seed=3), tf.random_uniform([2], seed=3)]
    tf.set_random_seed(1)
    return [
        *found,
        tf.random_normal([2]),
        tf.random_uniform([2], seed=3),
        tf.random_shuffle([1, 2, 3]),
    ]


@case
def tapes(tf):
    x, w = matrix(tf), tf.Variable(2.0)
    with tf.GradientTape() as tape:
        y = w * w * x
    found = [tape.gradient(y, w), attempt(lambda: tape.gradient(y, w))]
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * x
        z = y * y
    found += [*tape.gradient(z, [x, y]), tape.gradient(y, w), len(tape.watched_variables())]
    with tf.GradientTape() as tape:
        y = x * x
    found.append(tape.gradient(y, x))
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = x * x * x
        g = inner.gradient(y, x)
    found.append(outer.gradient(g, x))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.reduce_sum(x * x)
    found.append(tape.gradient(y, {"x": x}, output_gradients=tf.constant(2.0))["x"])
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.stop_gradient(x) * x
        with tape.stop_recording():
            y *= 3.0
        z = y + x
    found.append(tape.gradient(z, x))
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = 2.0 * w
    zero = tf.UnconnectedGradients.ZERO
    found += [tape.gradient(y, [x, w], unconnected_gradients=zero)]
    return found


@case
def gradients_of_many_ops(tf):
    x = matrix(tf) / 4.0
    table = tf.Variable([[1.0], [2.0], [3.0]])
    functions = [
        lambda: tf.nn.softmax_cross_entropy_with_logits(labels=[[0.0, 1.0]] * 2, logits=x),
        lambda: tf.reduce_mean(tf.sigmoid(x) + tf.tanh(x) + tf.nn.relu(x - 0.5)),
        lambda: tf.matmul(x, x, transpose_b=True),
        lambda: tf.concat([x, x * 2.0], 0)[1:3],
        lambda: tf.cond(x[0, 0] > 0, lambda: x * 2.0, lambda: x),
        lambda: tf.while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * x), [0, x])[1],
        lambda: tf.nn.conv2d(
            tf.reshape(x, [1, 2, 2, 1]), tf.ones([1, 1, 1, 2]), [1, 1, 1, 1], "SAME"
        ),
        lambda: tf.py_func(lambda a: a, [x], tf.float32),
    ]
    found = []
    for function in functions:
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = function()
        found.append(tape.gradient(y, x))
    with tf.GradientTape() as tape:
        y = tf.nn.embedding_lookup(table, [0, 2, 0])
    slices = tape.gradient(y, table)
    found += [type(slices).__name__, slices.values, slices.indices]

    @tf.custom_gradient
    def doubled(a):
        return a, lambda dy: dy * 2.0

    with tf.GradientTape() as tape:
        tape.watch(x)
        y = doubled(x * x)
    return [*found, tape.gradient(y, x)]


@case
def functions(tf):
    x, w = matrix(tf), tf.Variable(2.0)

    @tf.function
    def f(a):
        return a * x * w

    @tf.function
    def count():
        w.assign_add(1.0)
        return w.read_value()

    defun = tf.contrib.eager.defun(lambda a: a + 1)
    with tf.GradientTape() as tape:
        y = f(tf.constant(3.0))
    found = [f(2.0), defun(tf.constant(1)), tape.gradient(y, w), count(), count(), w]
    found.append(tf.contrib.eager.gradients_function(lambda a: a * a)(3.0))
    pairs = tf.contrib.eager.implicit_gradients(lambda: w * w)()
    found += [pairs[0][0], pairs[0][1] is w]
    value, pairs = tf.contrib.eager.implicit_value_and_gradients(lambda: w * w)()
    found += [value, pairs[0][0]]
    value, gradients = tf.contrib.eager.value_and_gradients_function(lambda a, b: a * b)(3.0, 4.0)
    return [*found, value, gradients]


def curve(tf, optimizer):
    """The losses of a small regression."""
    xs = np.linspace(-1, 1, 8, dtype=np.float32).reshape(4, 2)
    w = tf.Variable([[0.5], [-0.3]])
    b = tf.Variable([0.1])
    step = tf.train.get_or_create_global_step()

    def loss():
        return tf.reduce_mean(tf.square(tf.matmul(xs, w) + b - xs[:, :1] * 2.0))

    losses = []
    for _ in range(5):
        losses.append(loss())
        optimizer.minimize(loss, global_step=step)
    return [*losses, w, b]


@case
def optimizers(tf):
    train = tf.train
    found = []
    for optimizer in [
        train.GradientDescentOptimizer(0.1),
        train.MomentumOptimizer(0.1, 0.9),
        train.AdamOptimizer(0.1),
        train.RMSPropOptimizer(0.01),
        train.AdagradOptimizer(0.1),
        train.FtrlOptimizer(0.1),
        train.AdadeltaOptimizer(1.0),
    ]:
        found += curve(tf, optimizer)
    return found


@case
def applied_gradients(tf):
    w = tf.Variable([1.0, 2.0])
    step = tf.Variable(0, trainable=False)
    optimizer = tf.train.AdamOptimizer(learning_rate=lambda: 0.5)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(w * w)
    result = optimizer.apply_gradients([(tape.gradient(loss, w), w)], global_step=step)
    return [result, w, step, optimizer.get_slot(w, "m"), len(optimizer.variables())]


@case
def datasets(tf):
    data = tf.data.Dataset
    w = tf.constant(10)
    found = [
        [x for x in data.from_tensor_slices([1, 2, 3]).map(lambda x: x * 2 + w).batch(2)],
        [x for x in data.range(10).filter(lambda x: x % 3 < 1).repeat(2)],
        [x for x in data.range(10).shuffle(5, seed=1, reshuffle_each_iteration=False)],
        [x for x in data.zip((data.range(2), data.from_tensors("a").repeat()))],
        [x for x in data.from_generator(lambda: iter([1, 2]), tf.int32)],
        [x for x in data.range(3).map(lambda x: tf.py_func(lambda a: a + 1, [x], tf.int64))],
        [x["k"] for x in data.from_tensor_slices({"k": [[1.0], [2.0]]}).prefetch(1)],
        [x for x in data.range(6).window(2).flat_map(lambda d: d.batch(2))],
        data.range(5).reduce(np.int64(0), lambda a, b: a + b),
        tf.data.experimental.get_single_element(data.from_tensors(4)),
        tf.data.experimental.cardinality(data.range(7)),
    ]
    dataset = data.from_tensor_slices([1, 2, 3])
    iterator = iter(dataset)
    found += [next(iterator), iterator.get_next(), next(iterator)]
    found += [attempt(iterator.get_next), attempt(lambda: next(iterator))]
    found.append(dataset.make_one_shot_iterator().get_next())
    found.append(attempt(dataset.make_initializable_iterator))
    found.append(attempt(lambda: data.from_tensors([1.0]).map(lambda x: tf.reshape(x, [w])))[0])
    return found


@case
def graphs_inside(tf):
    x = matrix(tf)
    found = [tf.executing_eagerly()]
    with tf.Graph().as_default():
        found.append(tf.executing_eagerly())
        found.append(attempt(lambda: tf.constant(1.0) + x))
        with tf.Session() as session:
            found.append(session.run(tf.constant(2) * 3))
    return [*found, tf.executing_eagerly()]


@case
def layers(tf):
    tf.set_random_seed(5)
    dense = tf.layers.Dense(3, activation=tf.nn.relu)
    x = matrix(tf)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(dense(x))
    gradients = tape.gradient(y, dense.trainable_variables)
    found = [y, *gradients, [v.name for v in dense.variables]]
    found.append(tf.layers.dense(x, 2, kernel_initializer=tf.ones_initializer()))
    found.append(
        tf.layers.conv2d(tf.ones([1, 3, 3, 1]), 2, 2, kernel_initializer=tf.ones_initializer())
    )
    found.append(tf.layers.batch_normalization(x, training=True))
    found.append(tf.losses.mean_squared_error(x, x + 1.0))
    return found


@case
def cells_and_tables(tf):
    cell = tf.nn.rnn_cell.BasicLSTMCell(2, dtype=tf.float32)
    output, state = cell(tf.ones([1, 2]) * 0.0, cell.zero_state(1, tf.float32))
    table = tf.contrib.lookup.HashTable(
        tf.contrib.lookup.KeyValueTensorInitializer(["a", "b"], [1, 2]), -1
    )
    return [output, state.c, table.lookup(tf.constant(["b", "x"]))]


@case
def checkpoints(tf):
    folder = tempfile.mkdtemp()
    w = tf.Variable([1.0, 2.0], name="w")
    optimizer = tf.train.AdamOptimizer(0.1)
    step = tf.Variable(0, trainable=False, name="step")
    optimizer.minimize(lambda: tf.reduce_sum(w * w), global_step=step)
    checkpoint = tf.train.Checkpoint(w=w, optimizer=optimizer, step=step)
    path = checkpoint.save(folder + "/ck")
    after = w.numpy()
    w.assign([9.0, 9.0])
    optimizer.get_slot(w, "m").assign([0.0, 0.0])
    checkpoint.restore(tf.train.latest_checkpoint(folder)).assert_consumed()
    found = [os.path.basename(path), after, w, step, optimizer.get_slot(w, "m")]
    found.append(sorted(name for name, _ in tf.train.list_variables(path)))
    later = tf.train.Checkpoint()
    later.restore(path)
    later.w = tf.Variable([0.0, 0.0])
    found.append(later.w)
    saver = tf.contrib.eager.Saver([w, step])
    path = saver.save(folder + "/sv", global_step=3)
    found.append(sorted(os.listdir(folder)))
    w.assign([7.0, 7.0])
    saver.restore(path)
    found += [w, tf.train.list_variables(path)]
    tf.train.Saver({"other": w}).save(None, folder + "/named")
    found.append(tf.train.list_variables(folder + "/named"))
    found.append(attempt(tf.train.Saver))
    return found


@case
def what_runs_and_gives_nothing(tf):
    v = tf.Variable(1.0)
    rate = tf.train.exponential_decay(0.1, v, 10, 0.9)
    store = tf.contrib.eager.EagerVariableStore()
    with store.as_default():
        a = tf.get_variable("a", [], initializer=tf.ones_initializer())
        b = tf.get_variable("a", [])
    return [
        tf.no_op(),
        tf.group(v.assign(2.0)),
        tf.global_variables_initializer(),
        tf.print("text"),
        rate(),
        tf.train.ExponentialMovingAverage(0.9).apply([v]),
        attempt(lambda: tf.metrics.mean([1.0]))[0],
        a is b,
        len(store.variables()),
        [x for x in tf.contrib.eager.Iterator(tf.data.Dataset.range(2))],
        tf.contrib.eager.in_eager_mode(),
        tf.control_dependencies([v.assign_add(1.0)]).__enter__() is None,
        v,
    ]


@case
def python_functions(tf):
    x = matrix(tf)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = tf.py_function(lambda a: tf.reduce_sum(a * a), [x], tf.float32)
    mapped = tf.data.Dataset.range(3).map(
        lambda i: tf.py_function(lambda a: a.numpy() * 2, [i], tf.int64)
    )
    return [y, tape.gradient(y, x), [v for v in mapped]]


@case
def templates(tf):
    def inner(name):
        return tf.make_template("inner", lambda: tf.get_variable(name, [2]))

    def outer():
        a, b = inner("a"), inner("b")
        made = [a(), b(), tf.get_variable("c", [], trainable=False)]
        return made, a, b

    template = tf.make_template("outer", outer)
    before = template.variables
    first, a, b = template()
    again = template()[0]
    other = tf.make_template("outer", outer)
    other()

    def names(found):
        return [v.name for v in found]

    growing = iter("xyz")
    grows = tf.make_template("grows", lambda: tf.get_variable(next(growing), [1]))
    grows()
    scoped = tf.make_template("scoped", lambda: tf.get_variable("v", [1]), create_scope_now_=True)
    return [
        len(before),
        [first[i] is again[i] for i in range(3)],
        names(template.variables),
        names(template.trainable_variables),
        names(template.non_trainable_variables),
        names(template.global_variables),
        len(template.local_variables),
        names(a.variables + b.variables),
        names(other.variables),
        attempt(grows)[0],
        scoped.variable_scope_name,
        scoped() is scoped(),
        attempt(lambda: tf.make_template("u", outer, unique_name_="u")),
        type(template).__name__,
    ]


def complaint(function, *args, **kwargs):
    """All that an error says."""
    try:
        return function(*args, **kwargs)
    except Exception as error:
        return [type(error).__name__, str(error)]


@case
def failing_checks(tf):
    x = tf.constant([[2, 2], [3, 3], [6, 6]])
    y = tf.constant([[20, 2], [3, 30], [60, 6]])
    found = [
        complaint(getattr(tf.debugging, check), x, y, message="msg", summarize=count)
        for check in ("assert_equal", "assert_none_equal", "assert_less", "assert_greater_equal")
        for count in (None, 0, 2, -1)
    ]
    ones = tf.ones([2, 3])
    return found + [
        complaint(lambda: tf.debugging.assert_none_equal(ones, ones, data=["x", 3, ones])),
        complaint(lambda: tf.assert_equal(1, 2)),
        complaint(lambda: tf.assert_equal(x, x)),
        complaint(lambda: tf.assert_less(x, 3)),
        complaint(lambda: tf.assert_equal(tf.constant(["a", "b"]), tf.constant(["a", "c"]))),
        complaint(lambda: tf.assert_positive([-1.0, 2.0], message="m")),
        complaint(lambda: tf.debugging.assert_near(1.0, 2.0, rtol=0.0, atol=0.5, data=["far"])),
        complaint(lambda: tf.Assert(False, ["a", 1.5], summarize=1)),
        complaint(lambda: tf.Assert(False, [[1, 2, 3, 4]], summarize=-1)),
        complaint(lambda: tf.assert_rank(1, 2, message="r")),
        complaint(lambda: tf.debugging.assert_rank_in(ones, [0, 1])),
        complaint(lambda: tf.debugging.assert_integer(1.5)),
        complaint(lambda: tf.debugging.assert_shapes([(ones, ("N", "N"))])),
        complaint(lambda: tf.debugging.assert_shapes([(ones, 3)])),
    ]


@case
def failing_broadcasts(tf):
    pairs = [
        ([1, 2], [2, 1]),
        ([[1, 2]], [2]),
        ([1, 2], [3]),
        ([[1], [2]], [1, 4]),
        (1, [-1]),
        (1, 3),
        ([], [3, 0]),
    ]
    return [complaint(tf.broadcast_to, x, shape) for x, shape in pairs]


@case
def functional_flow(tf):
    toggled = tf.enable_control_flow_v2, tf.disable_control_flow_v2
    toggled[0]()
    try:
        one = tf.cond(tf.constant(True), lambda: [tf.constant(10)], lambda: [tf.constant(20)])
        loop = tf.while_loop(lambda i: i < 5, lambda i: i + 2, [tf.constant(0)])
        return [one, loop, tf.case([(tf.constant(True), lambda: tf.constant(3))])]
    finally:
        toggled[1]()


def private(tf, path):
    """A module below tensorflow."""
    if tf.__name__.startswith("tensorflow"):
        return importlib.import_module("tensorflow." + path)
    return importlib.import_module("behaviour").module(path)


def written(tf, folder):
    """What the event files of a folder hold, without times and names of files."""
    found = []
    for name in sorted(os.listdir(folder)):
        for event in tf.train.summary_iterator(os.path.join(folder, name)):
            event.wall_time = 0
            if event.HasField("summary") and event.summary.value:
                value = event.summary.value[0]
                plugin = value.metadata.plugin_data.plugin_name
                found.append(
                    [event.step, value.tag, plugin, value.tensor.SerializeToString().hex()]
                )
            else:
                found.append([event.step, event.file_version])
    return found


@case
def summaries(tf):
    summary_ops = private(tf, "python.ops.summary_ops_v2")
    folder = tempfile.mkdtemp()
    writer = summary_ops.create_file_writer_v2(folder, max_queue=1000, flush_millis=10**6)
    results = [summary_ops.write("none", 1, step=0)]
    with writer.as_default():
        results.append(complaint(summary_ops.write, "no step", 1))
        results.append(summary_ops.write("number", 1, step=3))
        summary_ops.set_step(5)
        results.append(summary_ops.write("text", ["a", b"b"]))
        with tf.name_scope("outer"), summary_ops.summary_scope("w?x", values=[1]) as (tag, scope):
            results += [tag, scope]
        with summary_ops.record_if(False):
            results.append(summary_ops.write("hidden", 1))
        with summary_ops.record_if(lambda: tf.constant(True)):
            results.append(summary_ops.write("shown", 2.5))
        raw = tf.Summary(value=[tf.Summary.Value(tag="raw", simple_value=2.0)])
        results.append(summary_ops.write_raw_pb(raw.SerializeToString()))
        results.append(complaint(summary_ops.write_raw_pb, "wrong")[0])
        results.append(summary_ops.run_metadata("meta", tf.RunMetadata()))
        results.append(summary_ops.get_step())
    summary_ops.set_step(None)
    writer.close()
    results += [writer.close(), writer.flush(), complaint(writer.init)]
    results.append(complaint(summary_ops.create_file_writer_v2, None))
    with tf.Graph().as_default():
        name = tf.constant(folder)
    text = complaint(summary_ops.create_file_writer_v2, name)
    results.append([text[0], text[1].split("=")[0]])
    results.append(summary_ops.all_v2_summary_ops())
    return results + written(tf, folder)


@case
def variables_that_complain(tf):
    ops = private(tf, "python.ops.resource_variable_ops")
    v = ops.ResourceVariable(1.5, name="v", trainable=False)
    v.load(2.5)
    copied = pickle.loads(pickle.dumps(v))
    handle = ops.var_handle_op(dtype=tf.int32, shape=[1], name="foo")
    ops.assign_variable_op(handle, 1)
    found = [
        [copied.numpy(), copied.name, copied.trainable, copied.dtype.name],
        complaint(v.eval),
        complaint(v.to_proto),
        complaint(v.handle.numpy),
        complaint(ops.assign_variable_op, handle, 1.5),
        complaint(ops.read_variable_op, handle, tf.float32),
        complaint(ops.assign_add_variable_op, handle, [1, 2]),
        ops.read_variable_op(handle, tf.int32),
    ]

    def loop():
        zero = tf.zeros([], tf.int32)
        body = lambda i, _: (i + 1, ops.ResourceVariable(zero + i).read_value())  # noqa: E731
        return tf.while_loop(lambda i, _: i < 3, body, [0, 0])

    with tf.Graph().as_default():
        tf.enable_control_flow_v2()
        try:
            found.append(complaint(loop))
        finally:
            tf.disable_control_flow_v2()
    return found


def elements(tf, dataset, **kinds):
    """The numbers that a variant's dataset gives."""
    iterator, deleter = tf.raw_ops.AnonymousIteratorV2(**kinds)
    tf.raw_ops.MakeIterator(dataset=dataset, iterator=iterator)
    found = []
    try:
        while True:
            found.append(int(tf.raw_ops.IteratorGetNext(iterator=iterator, **kinds)[0]))
    except tf.errors.OutOfRangeError:
        del deleter  # until here it kept the iterator
        return found


@case
def datasets_with_objects(tf):
    ops, kinds = tf.raw_ops, {"output_types": [tf.int64], "output_shapes": [[]]}
    cache = ops.AnonymousMemoryCache()
    drawn = tf.data.Dataset.range(5).map(lambda x: x + tf.random.uniform([], 0, 999, tf.int64))
    cached = ops.CacheDatasetV2(
        input_dataset=drawn._variant_tensor, filename="", cache=cache.handle, **kinds
    )
    first = elements(tf, cached, **kinds)
    found = [len(first), first == elements(tf, cached, **kinds)]
    ops.DeleteMemoryCache(handle=cache.handle, deleter=cache.deleter)
    generator = ops.AnonymousRandomSeedGenerator(seed=3, seed2=4)
    source = tf.data.Dataset.range(9)._variant_tensor
    for size in (4, 20):
        shuffled = ops.ShuffleDatasetV2(
            input_dataset=source, buffer_size=size, seed_generator=generator.handle, **kinds
        )
        found += [elements(tf, shuffled, **kinds) for _ in range(2)]
    ops.DeleteRandomSeedGenerator(handle=generator.handle, deleter=generator.deleter)
    for rate in (0.4, 1.0, 0.0):
        sampled = ops.SamplingDataset(input_dataset=source, rate=rate, seed=3, seed2=0, **kinds)
        found += [elements(tf, sampled, **kinds) for _ in range(2)]
    for name in ("ChooseFastestDataset", "ExperimentalChooseFastestDataset"):
        fastest = getattr(ops, name)(input_datasets=[source] * 2, num_experiments=3, **kinds)
        found.append(elements(tf, fastest, **kinds))
    for name in ("ThreadPool", "ExperimentalThreadPool"):
        make = getattr(ops, name + "Handle")
        pool = make(num_threads=2, display_name="pool")
        pooled = getattr(ops, name + "Dataset")(input_dataset=source, thread_pool=pool, **kinds)
        found += [elements(tf, pooled, **kinds)]
    return found


@case
def constants_in_files(tf):
    path = os.path.join(tempfile.mkdtemp(), "constants")
    np.arange(6, dtype=np.float32).tofile(path)

    def read(dtype, shape, name=path):
        return tf.raw_ops.ImmutableConst(dtype=dtype, shape=shape, memory_region_name=name)

    return [
        read(tf.float32, [2, 3]),
        read(tf.float32, [4]),
        read(tf.int32, []),
        complaint(read, tf.float32, [2, 5]),
        complaint(read, tf.float32, [1], "/nowhere"),
    ]


@case
def functions_of_graphs(tf):
    wrapping = private(tf, "python.eager.wrap_function")
    spec = tf.TensorSpec

    def count(x, up):
        v = tf.Variable(5.0)
        changed = tf.assign_add(v, x) if up else tf.assign_sub(v, x)
        with tf.control_dependencies([changed]):
            return v.read_value()

    up = tf.wrap_function(count, [spec((), tf.float32), True])
    down = tf.wrap_function(count, [spec((), tf.float32), False], name="down")
    found = [up(1.0), up(1.0), down(1.0), down(1.0), [v.name for v in up.graph.variables]]
    found.append(complaint(up, x=1.0))

    def scale(x):
        w = tf.get_variable("w", initializer=lambda: tf.constant([1.0, 2.0]))
        y = tf.identity(x * w, name="y")
        z = tf.add(y, 1.0, name="z")
        tf.identity(z, name="q")
        return {"z": z}

    scaled = tf.wrap_function(scale, [spec([2], tf.float32)])
    x = tf.constant([3.0, 4.0])
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(scaled(x)["z"])
    found += [total, tape.gradient(total, list(scaled.graph.variables))]
    part = scaled.prune(scaled.graph.get_tensor_by_name("y:0"), "q:0")
    found += [part(x), part._arg_keywords]
    both = scaled.prune(scaled.inputs, ["z:0", scaled.graph.get_operation_by_name("q")])
    found += [both(x), complaint(scaled.prune, "q", "q:0")]
    with tf.Graph().as_default() as graph:
        tf.multiply(tf.placeholder(tf.float32, [None], name="in"), 2.0, name="out")
    graph_def = graph.as_graph_def()
    found.append(wrapping.function_from_graph_def(graph_def, "in:0", "out:0")(x))
    named = wrapping.function_from_graph_def(graph_def, {"a": "in:0"}, {"b": "out:0"})
    found.append(named(x)["b"])
    found.append(complaint(tf.wrap_function, lambda: tf.Variable(tf.zeros([2])), []))
    shared = wrapping.WrappedGraph()

    def step(x):
        with tf.variable_scope("vars", reuse=tf.AUTO_REUSE):
            v = tf.get_variable("v", shape=[], dtype=tf.float32, initializer=tf.zeros_initializer())
        return v.assign_add(x), tf.no_op()

    add = shared.wrap_function(step, [spec([], tf.float32)])
    more = shared.wrap_function(step, [spec([], tf.float32)], name="more")
    found += [add(tf.constant(5.0)), more(tf.constant(2.0)), sorted(shared.variables)]
    return found + [sorted(shared.functions)]
