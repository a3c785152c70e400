"""tf.contrib.tfprof: steps of sessions traced and profiled; what it prints is tfprof_program.txt.

Run with the Python that has TensorFlow 1.15: python tfprof_program.py > tfprof_program.txt
"""

import os
import tempfile

import tensorflow as tf

tf.logging.set_verbosity(tf.logging.ERROR)
x = tf.Variable(tf.ones([20, 20]))
y = tf.matmul(x, x)
z = tf.reduce_sum(y)
d = tempfile.mkdtemp() + "/p"
opts = dict(tf.profiler.ProfileOptionBuilder.time_and_memory())
opts["output"] = "none"


def names():
    return sorted(os.listdir(d)) if os.path.exists(d) else []


with tf.contrib.tfprof.ProfileContext(d, trace_steps=range(2, 8, 3), dump_steps=[6]) as p:
    p.add_auto_profiling("op", opts, [3, 4])
    p.add_auto_profiling("scope", opts, [4])
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        for _ in range(9):
            s.run(z)
        p.trace_next_step()
        p.dump_next_step()
        s.run(y)
    print(
        p._step,
        p._traced_steps,
        names(),
        sorted(p.get_profiles("op")),
        sorted(p.get_profiles("scope")),
        type(p.get_profiles("op")[3]).__name__,
    )
    try:
        p.get_profiles("code")
    except ValueError as e:
        print(e)
    try:
        with tf.contrib.tfprof.ProfileContext(d):
            pass
    except tf.errors.InternalError as e:
        print(e.message)
d = tempfile.mkdtemp() + "/q"
with tf.contrib.tfprof.ProfileContext(d, debug=False) as p:
    with tf.Session() as s:
        s.run(tf.global_variables_initializer())
        for i in range(120):
            s.run(z if i % 2 else y)
    print(p._step, p._traced_steps >= 2, names())
with tf.contrib.tfprof.ProfileContext(d, debug=True, trace_steps=[1], dump_steps=[2]) as p:
    with tf.Session() as s:
        for _ in range(3):
            s.run(tf.constant(2))
    print(names())
with tf.contrib.tfprof.ProfileContext("", enabled=False) as p:
    print(p.profiler)
    p.trace_next_step()
for a in (dict(profile_dir=""), dict(profile_dir="x", trace_steps=range(101))):
    try:
        tf.contrib.tfprof.ProfileContext(**a)
    except ValueError as e:
        print(e)
