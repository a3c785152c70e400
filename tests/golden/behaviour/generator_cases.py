"""`tf.random.experimental`: values of generators, their states, complaints."""

import numpy as np
from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


def made(tf, **kwargs):
    """A generator, with a resource variable."""
    tf.get_variable_scope().set_use_resource(True)
    return tf.random.experimental.Generator(**kwargs)


def nodes(tf):
    return [
        [n.name, n.type, [t.name for t in n.inputs]]
        for n in tf.get_default_graph().get_operations()
    ]


def hexed(values):
    """Values to the last bit."""
    return [np.asarray(v).tobytes().hex() for v in values]


STATE = [7, -3, 123456789012345]


@case
def values(tf, module):
    g = made(tf, state=STATE, alg=1)
    one = tf.float32
    draws = {
        "normal": g.normal([3, 5]),
        "normal, scaled": g.normal([2, 3], [1.0, 2.0, 3.0], 0.5),
        "normal, half": g.normal([7], dtype=tf.float16),
        "truncated": g.truncated_normal([300]),
        "uniform": g.uniform([4, 3], dtype=one),
        "uniform, bounds": g.uniform([5], -2.0, 3.0),
        "uniform, double": g.uniform([5], dtype=tf.float64),
        "int32": g.uniform([9], -5, 12, tf.int32),
        "int64": g.uniform([9], maxval=10**15, dtype=tf.int64),
        "full int32": g.uniform_full_int([5], tf.int32),
        "full int64": g.uniform_full_int([5], tf.int64),
        "full uint32": g.uniform_full_int([5], tf.uint32),
        "full uint64": g.uniform_full_int([5]),
        "scalar": g.normal([]),
        "nothing": g.uniform([0, 3]),
        "seeds": g.make_seeds(3),
    }
    found = {"nodes": nodes(tf)[:40]}
    with tf.Session() as s:
        s.run(g.state.initializer)
        for name in sorted(draws):
            found[name] = hexed(s.run([draws[name]]) + s.run([draws[name]]))
            found[name + ", state"] = s.run(g.state).tolist()
        found["key"] = tried(s.run, g.key)
    return found


@case
def doubles(tf, module):
    """NumPy's logarithms and sines may differ in the last bit."""
    g = made(tf, state=STATE, alg=1)
    draws = [g.normal([5], dtype=tf.float64), g.truncated_normal([50], dtype=tf.float64)]
    with tf.Session() as s:
        s.run(g.state.initializer)
        return {"values": [np.round(s.run(d), 12).tolist() for d in draws]}


@case
def skipping(tf, module):
    g = made(tf, state=[2**63 - 200, 2**64 - 1, 5], alg=1)
    ops = tf.raw_ops
    skip = ops.RngSkip(resource=g.state.handle, algorithm=1, delta=[3][0])
    back = ops.RngSkip(resource=g.state.handle, algorithm=1, delta=2**55)
    draw = g.uniform([3])
    found = {}
    with tf.Session() as s:
        s.run(g.state.initializer)
        found["begin"] = s.run(g.state).tolist()
        s.run(skip)
        found["skipped"] = s.run(g.state).tolist()
        found["drawn"] = hexed([s.run(draw)])
        s.run(back)
        found["far"] = s.run(g.state).tolist()
        found["drawn far"] = hexed([s.run(draw)])
    old = tf.get_variable("old", initializer=np.array([1, 4, 5, 6], np.int64), use_resource=True)
    found["old"] = tried(ops.StatefulStandardNormal, resource=old.handle, shape=[4])
    return found


@case
def making(tf, module):
    tf.get_variable_scope().set_use_resource(True)
    experimental = tf.random.experimental
    kind = experimental.Generator
    states = {
        "state": kind.from_state([1, 2, 3], 1),
        "seed": kind.from_seed(2**70 + 5),
        "key": kind.from_key_counter(9, [10, 11], 1),
        "large": kind.from_state([2**64 - 1, 2**63, 3], 1),
    }
    states["copy"] = kind(copy_from=states["key"])
    found = {"algorithm": states["seed"].algorithm}
    for seed in (3, 2**64 + 1, 2**200 + 7, -1, [1, 2], [2**64 - 1, 2, 3, 4], []):
        found["seed %s" % seed] = tried(experimental.create_rng_state, seed, 1)  # noqa: UP031
    found["threefry"] = tried(experimental.create_rng_state, 2**64 + 1, 2)
    found["no algorithm"] = tried(experimental.create_rng_state, 3, 7)
    found["axes"] = tried(experimental.create_rng_state, np.zeros([2, 2], np.int64), 1)
    found["length"] = tried(kind.from_state, [1, 2], 1)
    found["no maxval"] = tried(states["seed"].uniform, [2], dtype=tf.int32)
    experimental.set_global_generator(states["seed"])
    found["global"] = experimental.get_global_generator() is states["seed"]
    chance = kind.from_non_deterministic_state()
    with tf.Session() as s:
        s.run([v.state.initializer for k, v in states.items() if k != "copy"])
        s.run([states["copy"].state.initializer, chance.state.initializer])
        for name, g in states.items():
            found[name] = s.run(g.state).tolist()
        found["chance"] = [s.run(chance.state).shape[0], len(set(s.run(chance.state).tolist()))]
    return found


@case
def complaints(tf, module):
    ops = tf.raw_ops

    def drawn(state, algorithm=1, shape=(2,), **kwargs):
        with tf.Graph().as_default():
            v = tf.get_variable("v", initializer=np.array(state), use_resource=True)
            kind = kwargs.pop("kind", "StatefulUniform")
            y = getattr(ops, kind)(
                resource=v.handle, algorithm=algorithm, shape=list(shape), **kwargs
            )
            with tf.Session() as s:
                s.run(v.initializer)
                return s.run(y)

    found = {}
    for name, args in {
        "threefry": dict(state=[1, 2, 3], algorithm=2),
        "short": dict(state=[1, 2]),
        "axes": dict(state=[[1, 2, 3]]),
        "int32": dict(state=np.array([1, 2, 3], np.int32)),
        "negative": dict(state=[1, 2, 3], shape=(-2,)),
        "order": dict(state=[1, 2, 3], kind="StatefulUniformInt", minval=3, maxval=3),
        "vector algorithm": dict(state=[1, 2, 3], algorithm=[1]),
    }.items():
        found[name] = tried(drawn, **args)
    return found


@case
def binomials(tf, module):
    g = made(tf, state=STATE, alg=1)
    half, single = np.float16, np.float32
    draws = {
        "rejected": g.binomial([7], single(50), single(0.4)),
        "rejected, many": g.binomial([90], 1000.0, np.float32(0.93)),
        "inverted": g.binomial([30], 10.0, 0.3),
        "inverted, few": g.binomial([20], 3.0, 0.9),
        "rare": g.binomial([11], 100.0, 0.001),
        "vectors": g.binomial([4, 3], [5.0, 60.0, 7.0, 80.0], [0.2, 0.5, 0.8, 0.9]),
        "counts": g.binomial([3, 2], [5.0, 60.0, 7.0], 0.7),
        "probs": g.binomial([2, 5], 30.0, [0.7, 0.1], tf.int64),
        "half": g.binomial([9], half(20), half(0.6), tf.float16),
        "double": g.binomial([9], np.float64(40), np.float64(0.6), tf.float64),
        "corners": g.binomial(
            [6], single([5, 5, 5, 0, 0, 0]), single([0, 1, np.nan, -10, 10, np.nan]), tf.float32
        ),
        "nothing": g.binomial([0], single([]), single([])),
        "ranks": g.binomial([2, 3, 4], single(6), single(0.5)),
    }
    found = {"nodes": nodes(tf)[:20], "shapes": [str(draws[n].shape) for n in sorted(draws)]}
    with tf.Session() as s:
        s.run(g.state.initializer)
        s.run(g.uniform([1]))  # TensorFlow's first binomial forgets to update a new state
        for name in sorted(draws):
            found[name] = hexed([s.run(draws[name]), s.run(draws[name])])
            found[name + ", state"] = s.run(g.state).tolist()
        n = tf.placeholder(tf.float32)
        wrong = {"rank": [[1.0]], "length": [1.0, 2.0, 3.0]}
        for name in sorted(wrong):
            both = g.binomial([2], n, 0.5), g.binomial([2], 5.0, n)
            found[name] = [tried(s.run, y, {n: wrong[name]}) for y in both]
        found["static rank"] = tried(g.binomial, [2], [[1.0]], 0.5)
    return found
