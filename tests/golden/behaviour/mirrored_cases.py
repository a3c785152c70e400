"""MirroredStrategy on two CPU devices, and the strategies beside it."""

import os
import tempfile

import numpy as np
from estimator_cases import rounded
from monitored_cases import nodes
from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case
DEVICES = ["/cpu:0", "/cpu:1"]


def strategy_of(tf, **kwargs):
    return tf.distribute.MirroredStrategy(DEVICES, **kwargs)


def session(tf):
    return tf.Session(config=tf.ConfigProto(device_count={"CPU": 3}))


def built(tf, found, label):
    found[label] = nodes(tf.get_default_graph())


def model(tf, optimizer, x):
    """A step of two variables, one of them with sparse gradients."""
    w = tf.get_variable("w", [3, 1], initializer=tf.ones_initializer())
    table = tf.get_variable("table", [4, 3], initializer=tf.ones_initializer())
    rows = tf.nn.embedding_lookup(table, [1, 1, 2])
    loss = tf.reduce_sum(tf.matmul(x * rows, w))
    return loss, optimizer().minimize(loss, tf.train.get_or_create_global_step())


def steps_of(tf, optimizer):
    strategy = strategy_of(tf)
    x = np.arange(9, dtype=np.float32).reshape(3, 3)
    with strategy.scope():
        loss, train = strategy.experimental_run_v2(lambda: model(tf, optimizer, tf.constant(x)))
        total = strategy.reduce(tf.distribute.ReduceOp.SUM, loss)
        train = strategy.group(train)
        init = tf.global_variables_initializer()
    found = {
        "variables": [v.name for v in tf.global_variables()],
        "trainable": [v.name for v in tf.trainable_variables()],
        "train": train.name,
    }
    built(tf, found, "graph")
    with session(tf) as sess:
        sess.run(init)
        found["losses"] = rounded([sess.run([total, train])[0] for _ in range(3)])
        kept = [v for v in tf.global_variables()]
        found["values"] = rounded(sess.run([part for v in kept for part in v.values]))
    return found


@case
def gradient_descent(tf, module):
    return steps_of(tf, lambda: tf.train.GradientDescentOptimizer(0.125))


@case
def adam(tf, module):
    return steps_of(tf, lambda: tf.train.AdamOptimizer(0.125))


@case
def momentum(tf, module):
    return steps_of(tf, lambda: tf.train.MomentumOptimizer(0.125, 0.5))


@case
def variables(tf, module):
    strategy = strategy_of(tf)
    found = {}
    on_read = tf.VariableSynchronization.ON_READ
    aggregations = tf.VariableAggregation
    with strategy.scope():
        v = tf.get_variable("v", [2], initializer=tf.ones_initializer())
        w = tf.Variable(1.0, name="w", aggregation=aggregations.MEAN)
        total = tf.get_local_variable(
            "total",
            [],
            synchronization=on_read,
            aggregation=aggregations.SUM,
            initializer=tf.zeros_initializer(),
        )
        first = tf.Variable(
            2.0, aggregation=aggregations.ONLY_FIRST_REPLICA, synchronization=on_read
        )
        found["kinds"] = [type(x).__name__ for x in (v, w, total, first)]
        found["texts"] = [str(v), repr(total)]
        found["all"] = [str(x) for x in tf.global_variables() + tf.local_variables()]
        found["trainable"] = [x.name for x in tf.trainable_variables()]
        found["names"] = [v.name, v.op.name, v.op.type, v.device, str(v.shape), v.dtype.name]
        found["aggregations"] = [str(x.aggregation) for x in (v, w, total, first)]
        found["synchronizations"] = [str(x.synchronization) for x in (v, w, total, first)]
        found["handle"] = tried(lambda: v.handle)
        found["initializer"] = v.initializer.name
        found["assign"] = tried(lambda: v.assign([3.0, 4.0]))
        found["assign_add on read"] = tried(lambda: total.assign_add(1.0))
        found["assign on read"] = tried(lambda: total.assign(1.0).name)
        found["created"] = strategy.extended.variable_created_in_scope(v)
        found["sum"] = str(v + 1)
        found["read"] = str(v.read_value())

        def in_replica():
            replica = tf.distribute.get_replica_context()
            found["not aggregated"] = tried(lambda: v.assign_add([1.0, 1.0]))
            number = tf.cast(replica.replica_id_in_sync_group, tf.float32)
            return w.assign_add(number), total.assign_add(number + 1), first.assign_add(1.0), v * w

        added, counted, own, product = strategy.experimental_run_v2(in_replica)
        found["added"] = str(added)
        found["counted"] = type(counted).__name__
        done = tf.group(strategy.unwrap(added), strategy.unwrap(counted), strategy.unwrap(own))
        product = strategy.reduce("MEAN", product)
        kind = tf.VariableSynchronization.NONE
        found["outside"] = tried(tf.Variable, 1.0, name="none", synchronization=kind)
        both = [strategy.extended.read_var(total), first, v, w, total]
        init = tf.global_variables_initializer(), tf.local_variables_initializer()
    other = strategy_of(tf)
    found["elsewhere"] = tried(other.extended.update, tf.constant(1.0), lambda v: v)
    built(tf, found, "graph")
    with session(tf) as sess:
        sess.run(init)
        sess.run(done)
        found["values"] = rounded(sess.run([x for x in (v, w)] + both[:2]))
        found["product"] = rounded(sess.run(product))
        found["parts"] = rounded(sess.run(strategy.unwrap(total)))
    return found


@case
def saving(tf, module):
    found = {}
    folder = tempfile.mkdtemp()
    path = os.path.join(folder, "model")
    on_read = tf.VariableSynchronization.ON_READ

    def make(value):
        v = tf.get_variable("a/v", initializer=np.float32([value, 2]))
        s = tf.get_variable(
            "s",
            initializer=np.float32(value),
            synchronization=on_read,
            aggregation=tf.VariableAggregation.SUM,
        )
        return v, s

    strategy = strategy_of(tf)
    with strategy.scope():
        v, s = make(1.0)
        init = tf.global_variables_initializer()
        saver = tf.train.Saver()
    built(tf, found, "graph")
    with session(tf) as sess:
        sess.run(init)
        saver.save(sess, path)
        found["saved"] = [
            (name, rounded(tf.train.load_variable(path, name)))
            for name, _ in tf.train.list_variables(path)
        ]
    with tf.Graph().as_default():
        strategy = strategy_of(tf)
        with strategy.scope():
            v, s = make(9.0)
            saver = tf.train.Saver()
        with session(tf) as sess:
            saver.restore(sess, path)
            parts = strategy.unwrap(v) + strategy.unwrap(s)
            found["restored"] = rounded(sess.run(list(parts)))
    with tf.Graph().as_default(), session(tf) as sess:
        plain = make(9.0)
        tf.train.Saver().restore(sess, path)
        found["plain"] = rounded(sess.run(plain))
    return found


@case
def replicas(tf, module):
    strategy = strategy_of(tf)
    found = {
        "devices": strategy.extended.worker_devices,
        "parameters": strategy.extended.parameter_devices,
        "count": strategy.num_replicas_in_sync,
        "between": strategy.extended.experimental_between_graph,
        "outside": tried(strategy.extended.call_for_each_replica, lambda: 1),
    }

    def contexts():
        replica = tf.distribute.get_replica_context()
        return {
            "id": replica.replica_id_in_sync_group,
            "same": "text",
            "list": [tf.constant(1.0), (2, tf.constant(3.0))],
            "where": tf.constant(0.0).device,
            "none": None,
        }

    with strategy.scope():
        results = strategy.experimental_run_v2(contexts)
        found["results"] = {k: str(v) for k, v in results.items()}
        found["unwrapped"] = [str(x) for x in strategy.unwrap(results["id"])]
        found["in scope"] = [
            tf.distribute.has_strategy(),
            tf.distribute.in_cross_replica_context(),
            tf.distribute.get_replica_context() is None,
        ]

        def uneven():
            replica = tf.distribute.get_replica_context()
            number = (
                tf.get_static_value(replica.replica_id_in_sync_group)
                if hasattr(tf, "get_static_value")
                else tf.contrib.util.constant_value(replica.replica_id_in_sync_group)
            )
            if number == 0:
                replica.merge_call(lambda strategy: None)

        found["uneven"] = tried(strategy.experimental_run_v2, uneven)

        def failing():
            raise KeyError("of a replica")

        found["failing"] = tried(strategy.experimental_run_v2, failing)

        def merged():
            replica = tf.distribute.get_replica_context()
            with tf.name_scope("inside"):
                x = tf.cast(replica.replica_id_in_sync_group, tf.float32) + 1.0

                def both(strategy, x, y):
                    found["merged"] = [str(x), str(y), tf.distribute.in_cross_replica_context()]
                    return strategy.reduce("SUM", x), strategy.extended.reduce_to("MEAN", x, x)

                total, mean = replica.merge_call(both, args=(x, "y"))
                every = replica.all_reduce("SUM", [x, 2 * x])
                found["every"] = str(every)
            return total, mean, every

        total, mean, every = strategy.experimental_run_v2(merged)
        found["total"], found["mean"] = str(total), str(mean)
        summed = strategy.unwrap(every[1])
        nested = tf.distribute.MirroredStrategy(DEVICES)
        found["nested"] = tried(nested.scope().__enter__).split(" <")[0]
    built(tf, found, "graph")
    with session(tf) as sess:
        found["values"] = rounded(sess.run([total, *strategy.unwrap(mean), *summed]))
    return found


@case
def reductions(tf, module):
    strategy = strategy_of(tf)
    found = {}
    with strategy.scope():

        def values():
            number = tf.distribute.get_replica_context().replica_id_in_sync_group
            x = tf.cast(number, tf.float32) + [[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]
            unknown = tf.placeholder_with_default(x[:1], None)
            return x, unknown, x[0]

        x, unknown, row = strategy.experimental_run_v2(values)
        reduced = {
            "sum": strategy.reduce("sum", x),
            "mean": strategy.reduce(tf.distribute.ReduceOp.MEAN, x),
            "sum 0": strategy.reduce("SUM", x, axis=0),
            "mean of unknown": strategy.reduce("MEAN", unknown, axis=0),
            "plain mean": strategy.reduce("MEAN", tf.constant(3.0)),
            "zero": strategy.reduce("SUM", 0),
        }
        found["plain sum"] = tried(strategy.reduce, "SUM", 3.0).split(" given ")[0]
        # How many there are is an int where it is known, which is not added up over replicas.
        found["mean 0"] = tried(strategy.reduce, "MEAN", x, axis=0)
        found["mean -1"] = tried(strategy.reduce, "MEAN", x, axis=-1)
        found["mean of row"] = tried(strategy.reduce, "MEAN", row, axis=0)
        found["axis"] = tried(strategy.reduce, "MEAN", x, 5)
        found["axis type"] = tried(strategy.reduce, "MEAN", x, [0])
        copied = strategy.extended.broadcast_to(tf.constant(7.0), x)
        found["copied"] = str(copied)
    built(tf, found, "graph")
    with session(tf) as sess:
        for name, value in reduced.items():
            found[name] = rounded(sess.run(value)) if name != "zero" else value
    return found


@case
def cross_device_ops(tf, module):
    found = {}
    of = tf.distribute
    for label, ops in (
        ("one", of.ReductionToOneDevice("/cpu:1")),
        ("accumulated", of.ReductionToOneDevice(accumulation_fn=lambda xs: xs[0] * xs[1])),
        ("hierarchical", of.HierarchicalCopyAllReduce()),
        ("unpacked", of.HierarchicalCopyAllReduce(num_packs=0)),
        ("two packs", of.HierarchicalCopyAllReduce(num_packs=2)),
    ):
        with tf.Graph().as_default():
            strategy = strategy_of(tf, cross_device_ops=ops)
            with strategy.scope():

                def values():
                    number = of.get_replica_context().replica_id_in_sync_group
                    x = tf.cast(number, tf.float32) + [[1.0, 2.0, 4.0], [8.0, 16.0, 32.0]]
                    return of.get_replica_context().all_reduce(of.ReduceOp.MEAN, [x, x[0]])

                reduced = strategy.experimental_run_v2(values)
                shown = strategy.unwrap(reduced[0]) + strategy.unwrap(reduced[1])
            built(tf, found, label + " graph")
            with session(tf) as sess:
                found[label] = rounded(sess.run(list(shown)))
    found["negative"] = tried(of.HierarchicalCopyAllReduce, -1)
    found["negative nccl"] = tried(of.NcclAllReduce, -1)
    base = of.CrossDeviceOps()
    constant = tf.constant(1.0)
    found["no destinations"] = tried(base.reduce, of.ReduceOp.SUM, constant, None)
    found["list"] = tried(base.reduce, of.ReduceOp.SUM, [1.0], "/cpu:0")
    found["number"] = tried(base.reduce, of.ReduceOp.SUM, 1.0, "/cpu:0")
    found["same"] = tried(base.reduce, of.ReduceOp.SUM, constant, constant)
    found["pairs"] = tried(base.batch_reduce, of.ReduceOp.SUM, [1])
    with tf.device("/cpu:0"):
        placed = tf.constant(1.0)
    found["of base"] = tried(base.reduce, of.ReduceOp.SUM, placed, "/cpu:1")
    return found


@case
def input_of_replicas(tf, module):
    found = {}
    contrib = tf.contrib.distribute.MirroredStrategy(DEVICES)

    def data():
        return tf.data.Dataset.range(10).batch(4)

    def first(strategy, iterator):
        with session(tf) as sess:
            sess.run(iterator.initialize())
            element = iterator.get_next()
            found_here = [type(element).__name__]
            try:
                for _ in range(4):
                    found_here.append(describe(sess.run(list(strategy.unwrap(element)))))
            except tf.errors.OutOfRangeError:
                found_here.append("end")
            return found_here

    strategy = strategy_of(tf)
    found["split"] = first(strategy, strategy.make_dataset_iterator(data().take(2)))
    found["for each"] = first(contrib, contrib.make_dataset_iterator(data().take(2)))
    asked = []

    def input_fn(context):
        asked.append(
            [
                context.num_input_pipelines,
                context.input_pipeline_id,
                context.num_replicas_in_sync,
                context.get_per_replica_batch_size(8),
            ]
        )
        return data().take(2)

    found["function"] = first(strategy, strategy.make_input_fn_iterator(input_fn))
    found["asked"] = asked
    found["no dataset"] = tried(strategy.make_input_fn_iterator, lambda context: 1)
    whole = strategy.experimental_distribute_dataset(data().take(2))
    found["dataset"] = first(strategy, whole.make_initializable_iterator())
    found["one shot"] = tried(whole.make_one_shot_iterator)
    found["iter"] = tried(iter, whole)
    iterator = strategy.make_dataset_iterator(data())
    found["types"] = [str(iterator.output_types), str(iterator.output_shapes)]
    fixed = strategy.make_dataset_iterator(data().batch(3, drop_remainder=True))
    found["shapes"] = str(fixed.get_next().values[0].shape)
    with strategy.scope(), session(tf) as sess:
        arrays = strategy.experimental_make_numpy_dataset(np.arange(4.0), sess)
        iterator = arrays.make_initializable_iterator()
        element = iterator.get_next()
        sess.run(iterator.initializer)
        found["arrays"] = rounded([sess.run(element) for _ in range(3)])
    return found


@case
def steps_on_iterator(tf, module):
    strategy = strategy_of(tf)
    found = {}
    with strategy.scope():
        data = tf.data.Dataset.range(100).map(lambda x: tf.cast(x, tf.float32)).batch(4)
        iterator = strategy.make_dataset_iterator(data)
        v = tf.get_variable("v", initializer=1.0, aggregation=tf.VariableAggregation.SUM)

        def step(context, x):
            def of_replica(x):
                total = tf.reduce_sum(x)
                return v.assign_add(total), total

            added, total = strategy.extended.call_for_each_replica(of_replica, args=(x,))
            context.set_last_step_output("total", total, tf.distribute.ReduceOp.SUM)
            return strategy.group(added)

        context = strategy.extended.experimental_run_steps_on_iterator(
            step, iterator, 3, {"total": tf.constant(0.0)}
        )
        init = tf.global_variables_initializer()
    found["outputs"] = sorted(context.last_step_outputs)
    with session(tf) as sess:
        sess.run([init, iterator.initialize()])
        for i in range(2):
            values = sess.run([context.last_step_outputs["total"], context.run_op])
            found["run " + str(i)] = rounded([values[0], sess.run(v)])
    return found


@case
def batch_norm_and_metrics(tf, module):
    strategy = strategy_of(tf)
    found = {}
    with strategy.scope():

        def work():
            number = tf.cast(tf.distribute.get_replica_context().replica_id_in_sync_group, "float")
            x = number + [[1.0, 2.0], [3.0, 6.0], [5.0, 7.0]]
            y = tf.layers.batch_normalization(x, momentum=0.5, training=True)
            updates = tf.get_collection(tf.GraphKeys.UPDATE_OPS)
            mean, update = tf.metrics.mean(x[:, 0])
            right, right_update = tf.metrics.accuracy([1, 0, 1], tf.cast(x[:, 1] > 3, "int32"))
            return y, tf.group(updates), mean, update, right, right_update

        y, updates, mean, update, right, right_update = strategy.experimental_run_v2(work)
        init = [tf.global_variables_initializer(), tf.local_variables_initializer()]
        found["mean"] = [str(mean), type(update).__name__, str(right)]
        found["globals"] = [type(v).__name__ + " " + v.name for v in tf.global_variables()]
        found["locals"] = [type(v).__name__ + " " + v.name for v in tf.local_variables()]
        moving = [strategy.extended.read_var(v) for v in tf.global_variables()[2:]]
        run = [tf.group(strategy.unwrap(u)) for u in (updates, update, right_update)]
    built(tf, found, "graph")
    with session(tf) as sess:
        sess.run(init)
        sess.run(run)
        found["values"] = rounded(sess.run([mean, right, *moving]))
        found["outputs"] = rounded(sess.run(list(strategy.unwrap(y))))
    return found


@case
def scopes(tf, module):
    found = {}
    strategy = strategy_of(tf)
    logged = []
    with tf.variable_scope("outer", initializer=tf.zeros_initializer()):
        with strategy.scope():

            def work():
                with tf.variable_scope("inner"):
                    a = tf.get_variable("a", [1])
                    b = tf.layers.dense(a[None], 2, name="dense")
                    c = tf.Variable([1.0], name="c")
                    d = tf.Variable([1.0], name="c")
                    logged.append([a.name, c.name, d.name])
                return tf.reduce_sum(b) + c + d

            out = strategy.experimental_run_v2(work)
            found["out"] = str(out)
            parts = tf.get_variable("parts", [4, 2], partitioner=tf.fixed_size_partitioner(2))
            found["parts"] = [type(parts).__name__, parts.name]

            def differing():
                number = tf.contrib.util.constant_value(
                    tf.distribute.get_replica_context().replica_id_in_sync_group
                )
                return tf.Variable(1.0, name="x%s" % ("y" if number else "z"))

            found["differing"] = tried(strategy.experimental_run_v2, differing)
    found["logged"] = logged
    built(tf, found, "graph")
    return found


@case
def losses_by_estimators(tf, module):
    """Losses of replicas are divided where an Estimator's strategy is in force."""
    found = {}
    strategy = strategy_of(tf)
    optimizer = tf.train.GradientDescentOptimizer(1.0)
    for label, reduction in (("sum", "SUM"), ("mean", "MEAN")):
        with strategy.scope(), strategy._scale_loss_for_estimator_enabled():

            def work(label=label, reduction=reduction):
                with tf.variable_scope("", reuse=tf.AUTO_REUSE):
                    v = tf.get_variable("v", initializer=1.0)
                kind = getattr(tf.losses.Reduction, reduction)
                loss = tf.losses.mean_squared_error([3.0, 5.0], [v, v], reduction=kind)
                found[label + " by"] = str(tf.distribute.get_loss_reduction())
                return optimizer.compute_gradients(loss)[0][0]

            gradient = strategy.experimental_run_v2(work)
        with session(tf) as sess:
            sess.run(tf.global_variables_initializer())
            found[label] = rounded(sess.run(list(strategy.unwrap(gradient))))
    return found


@case
def one_device(tf, module):
    found = {}
    for label, strategy in (
        ("one", tf.distribute.OneDeviceStrategy("/cpu:0")),
        ("mirrored", tf.distribute.MirroredStrategy(["/cpu:0"])),
        ("default", tf.distribute.MirroredStrategy()),
        ("none", tf.contrib.distribute.MirroredStrategy(num_gpus=0)),
    ):
        with tf.Graph().as_default(), strategy.scope():
            found[label + " devices"] = strategy.extended.worker_devices
            found[label + " count"] = strategy.num_replicas_in_sync

            def work():
                x = tf.constant(np.ones([3, 3], np.float32))
                return model(tf, lambda: tf.train.AdamOptimizer(0.5), x)

            loss, train = strategy.experimental_run_v2(work)
            found[label + " result"] = [str(loss), type(train).__name__]
            total = strategy.reduce("SUM", loss)
            found[label + " kinds"] = [type(v).__name__ for v in tf.global_variables()]
            init = tf.global_variables_initializer()
            built(tf, found, label)
            with session(tf) as sess:
                sess.run(init)
                run = [total, strategy.group(train)]
                found[label + " losses"] = rounded([sess.run(run)[0] for _ in range(2)])
    return found


@case
def errors(tf, module):
    found = {}
    made = tf.distribute.MirroredStrategy
    found["twice"] = tried(made, ["/cpu:0", "/device:CPU:0"])
    found["mixed"] = tried(made, ["/cpu:0", "/job:worker/task:1/cpu:0"])
    contrib = tf.contrib.distribute.MirroredStrategy
    found["both counts"] = tried(contrib, num_gpus=1, num_gpus_per_worker=1)
    found["both"] = tried(contrib, DEVICES, num_gpus=1)
    strategy = strategy_of(tf)
    v = tf.get_variable("v", [])
    with strategy.scope():
        w = tf.get_variable("w", [])
        other = tf.get_variable("other", [])
        colocate = strategy.extended.colocate_vars_with
        found["colocated with plain"] = tried(colocate, v).split(" not: ")[0]
        with colocate(w):
            found["colocated"] = tf.get_variable("x", []).values[1].device
        optimizer = tf.train.GradientDescentOptimizer(1.0)
        found["apply outside"] = tried(optimizer.apply_gradients, [(1.0, w)])
        found["average outside"] = tried(tf.nn.compute_average_loss, [2, 3])
        found["regularization outside"] = tried(tf.nn.scale_regularization_loss, [2, 3])
        found["replica context"] = tried(
            tf.contrib.distribute.require_replica_context, tf.distribute.get_replica_context()
        )
        found["merge"] = tried(strategy.extended.update, w, lambda v, x: v.assign(x), (1.0,))
    found["colocated elsewhere"] = tried(colocate, other).split(" for ")[0]
    found["set"] = []
    tf.distribute.experimental_set_strategy(strategy)
    found["set"].append(tf.distribute.get_strategy() is strategy)
    tf.distribute.experimental_set_strategy(None)
    found["set"].append(tf.distribute.has_strategy())
    with strategy.scope():
        found["set in scope"] = tried(tf.distribute.experimental_set_strategy, strategy)
    return found
