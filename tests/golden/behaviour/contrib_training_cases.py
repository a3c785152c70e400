"""tf.contrib.training: train, evaluate, training operations, hyperparameters, device strategies."""

import glob
import os
import tempfile

from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def model(tf):
    x = tf.get_variable("x", initializer=[3.0, 4.0])
    rows = tf.get_variable("rows", initializer=[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    return tf.reduce_sum(x * x) + tf.reduce_sum(tf.gather(rows, [0, 2]) ** 2)


def nodes(tf):
    return [
        "%s %s %s" % (n.name, n.op, list(n.input))  # noqa: UP031 - Python 3.7
        for n in tf.get_default_graph().as_graph_def().node
    ]


@case
def train_op(tf, module):
    loss = model(tf)
    count = tf.get_variable("count", [], trainable=False)
    tf.add_to_collection(tf.GraphKeys.UPDATE_OPS, tf.assign_add(count, 1.0))
    training = tf.contrib.training

    def change(pairs):
        pairs = training.multiply_gradients(pairs, {"x": 2.0, pairs[1][1]: 0.5})
        return training.clip_gradient_norms(pairs, 1.5)

    op = training.create_train_op(
        loss,
        tf.train.GradientDescentOptimizer(0.1),
        transform_grads_fn=change,
        summarize_gradients=True,
    )
    return {
        "nodes": nodes(tf),
        "name": op.name,
        "held": describe(tf.get_collection(tf.GraphKeys.TRAIN_OP)[0] is op),
    }


@case
def plain_train_op(tf, module):
    op = tf.contrib.training.create_train_op(
        model(tf), tf.train.AdamOptimizer(0.1), global_step=None, check_numerics=False
    )
    return {"nodes": nodes(tf), "name": op.name}


@case
def gradients(tf, module):
    training = tf.contrib.training
    x = tf.get_variable("x", [])
    pair = (tf.constant(1.0), x)
    return {
        "no list": tried(training.multiply_gradients, (pair,), {x: 1.0}),
        "empty": tried(training.multiply_gradients, [pair], {}),
        "no dict": tried(training.multiply_gradients, [pair], [1]),
        "none": tried(training.multiply_gradients, [(None, x)], {x: 1.0}),
        "clip none": describe(training.clip_gradient_norms_fn(1.0)([(None, x)])[0][0]),
        "summaries": [s.name for s in training.add_gradients_summaries([pair, (None, x)])],
    }


@case
def train_and_evaluate(tf, module):
    folder, logs = tempfile.mkdtemp(), tempfile.mkdtemp()
    training = tf.contrib.training
    tf.set_random_seed(1)
    op = training.create_train_op(model(tf), tf.train.GradientDescentOptimizer(0.01))
    loss = describe(training.train(op, folder, hooks=[tf.train.StopAtStepHook(5)]))
    missing = tried(training.train, op, None)
    found = {}
    with tf.Graph().as_default():
        loss_op = model(tf)
        value, update = tf.metrics.mean(loss_op)
        tf.summary.scalar("mean", value)
        found["once"] = training.evaluate_once(
            tf.train.latest_checkpoint(folder),
            eval_ops=update,
            final_ops=value,
            hooks=[training.StopAfterNEvalsHook(3), training.SummaryAtEndHook(logs)],
        )
        found["step"] = training.get_or_create_eval_step().name
    with tf.Graph().as_default():
        loss_op = model(tf)
        value, update = tf.metrics.mean(loss_op)
        found["repeated"] = training.evaluate_repeatedly(
            folder,
            eval_ops=[update],
            final_ops={"mean": value},
            hooks=[training.StopAfterNEvalsHook(2)],
            max_number_of_evaluations=1,
        )
    tf.summary.FileWriterCache.clear()
    (path,) = glob.glob(os.path.join(logs, "events*"))
    events = [(e.WhichOneof("what"), e.step) for e in tf.train.summary_iterator(path)]
    return {
        "loss": loss,
        "missing": missing,
        "found": describe(found),
        "events": describe(events),
        "no writer": tried(training.SummaryAtEndHook),
        "waited": tried(training.wait_for_new_checkpoint, logs, timeout=0.1),
        "paths": tried(lambda: len(list(training.checkpoints_iterator(logs, timeout=0.1)))),
    }


@case
def hparams(tf, module):
    def make():
        return tf.contrib.training.HParams(
            rate=0.1, layers=[3, 4], name="net", flag=True, n=7, nothing=None
        )

    h = make()
    plain = tf.contrib.training.HParams(rate=0.25, layers=[3, 4], name="net", flag=True, n=7)
    proto = plain.to_proto()

    def parsed(text):
        return make().parse(text).values()

    def set_to(name, value):
        other = make()
        other.set_hparam(name, value)
        return getattr(other, name)

    def deleted():
        other = make()
        other.del_hparam("n")
        other.del_hparam("absent")
        return "n" in other

    return {
        "values": describe(sorted((k, str(v)) for k, v in h.values().items())),
        "str": str(plain),
        "repr": repr(plain),
        "json": plain.to_json(sort_keys=True),
        "from json": describe(make().parse_json('{"n": 9}').n),
        "proto": describe(
            sorted(
                (k, str(v))
                for k, v in tf.contrib.training.HParams.from_proto(proto).values().items()
            )
        ),
        "both": tried(tf.contrib.training.HParams, proto, a=1),
        "parse": describe(
            sorted(
                (k, str(v)) for k, v in parsed("rate=1e-3, layers=[5, 6,7],name=a b,flag=0").items()
            )
        ),
        "float for int": tried(parsed, "n=1.5"),
        "unknown": tried(parsed, "x=1"),
        "malformed": tried(parsed, "n==1"),
        "malformed list": tried(parsed, "layers=[1,2"),
        "twice": tried(parsed, "n=1,n=2"),
        "bad bool": tried(parsed, "flag=maybe"),
        "list for one": tried(parsed, "n=[1]"),
        "one for list": tried(parsed, "layers=1"),
        "bad list": tried(parsed, "layers=[1,a]"),
        "set float": tried(set_to, "n", 1.5),
        "set int": tried(set_to, "rate", 2),
        "set text": tried(set_to, "name", 3),
        "set bool": tried(set_to, "n", True),
        "set absent": tried(set_to, "absent", 1),
        "set none": tried(set_to, "nothing", 1),
        "reserved": tried(h.add_hparam, "n", 1),
        "empty": tried(h.add_hparam, "e", []),
        "get": describe([h.get("n"), h.get("absent"), h.get("absent", 3), h.get("n", 5)]),
        "get list": tried(h.get, "layers", 3),
        "get wrong": tried(h.get, "n", "a"),
        "in": describe(["n" in h, "m" in h]),
        "deleted": describe(deleted()),
        "structure": describe(
            tf.contrib.training.HParams(model_structure="s").get_model_structure()
        ),
        "kind": tried(tf.contrib.training.HParams(a=object()).to_proto)[:40],
    }


@case
def parse_values(tf, module):
    def parse(text, types, **kwargs):
        found = tf.contrib.training.parse_values(text, types, **kwargs)
        return sorted((k, str(v)) for k, v in found.items())

    types = {"a": float, "b": int, "c.d": str, "f": bool}
    return {
        "index": tried(parse, "b[1]=2,b[0]=3,c.d=x", types),
        "same index": tried(parse, "b[1]=2,b[1]=3", types),
        "index and value": tried(parse, "b=2,b[1]=3", types),
        "value and index": tried(parse, "b[1]=3,b=2", types),
        "list at index": tried(parse, "b[1]=[3]", types),
        "unknown": tried(parse, "z=1,b=2", types, ignore_unknown=True),
        "empty": tried(parse, "", types),
        "negative": tried(parse, "a=-1.5e3,f=True", types),
        "no value": tried(parse, "b=", types),
        "text": tried(parse, "c.d=", types),
    }


@case
def strategies(tf, module):
    training = tf.contrib.training
    greedy = training.GreedyLoadBalancingStrategy(2, training.byte_size_load_fn)
    random = training.RandomStrategy(5, seed=3)
    found = []
    for i, shape in enumerate([[10, 10], [3], [4, 4], [50]]):
        v = tf.get_variable("v%d" % i, shape)  # noqa: UP031
        found.append((int(greedy(v.op)), random(v.op)))
    return {
        "found": describe(found),
        "two": tried(training.byte_size_load_fn, tf.split(tf.zeros([4]), 2)[0].op)[:22],
    }
