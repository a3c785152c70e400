"""Critical sections: nodes, values, complaints; libraries of ops; memory of devices."""

import os
import tempfile

from outcomes import Cases, tried

CASES = Cases()
case = CASES.case


def nodes(tf):
    return [
        [n.name, n.type, [t.name for t in n.inputs], sorted(c.name for c in n.control_inputs)]
        for n in tf.get_default_graph().get_operations()
    ]


def counter(tf, v):
    def count():
        value = v.read_value()
        with tf.control_dependencies([value]):
            with tf.control_dependencies([v.assign_add(2.0)]):
                return tf.identity(value)

    return count


@case
def one_execution(tf, module):
    section = tf.CriticalSection(name="section", shared_name="shared")
    v = tf.get_variable("v", [], use_resource=True, initializer=tf.zeros_initializer())
    outside = tf.constant(3.0, name="outside")
    results = section.execute(lambda: {"a": v + outside, "b": [tf.no_op(), outside]}, name="do")
    found = {"name": section.name, "nodes": nodes(tf)}
    with tf.Session() as s:
        s.run(v.initializer)
        found["value"] = tried(s.run, results["a"])
    return found


@case
def many_executions(tf, module):
    section = tf.CriticalSection()
    v = tf.get_variable("v", [], use_resource=True, initializer=tf.zeros_initializer())
    results = [section.execute(counter(tf, v)) for _ in range(20)]
    found = {}
    with tf.Session() as s:
        s.run(v.initializer)
        found["values"] = sorted(float(x) for x in s.run(results))
        found["again"] = sorted(float(x) for x in s.run(results))
        found["after"] = float(s.run(v))
    return found


@case
def in_branches_and_loops(tf, module):
    section = tf.CriticalSection()
    v = tf.get_variable("v", [], use_resource=True, initializer=tf.zeros_initializer())
    flags = tf.placeholder(tf.bool, [4])
    chosen = [
        tf.cond(flags[i], lambda: section.execute(counter(tf, v)), lambda: tf.constant(-1.0))
        for i in range(4)
    ]
    _, last = tf.while_loop(
        lambda i, x: i < 5, lambda i, x: (i + 1, x + section.execute(counter(tf, v))), [0, 0.0]
    )
    found = {}
    with tf.Session() as s:
        s.run(v.initializer)
        for wanted in ([True] * 4, [True, False, False, True], [False] * 4):
            found[str(wanted)] = sorted(float(x) for x in s.run(chosen, {flags: wanted}))
        found["loop"] = tried(s.run, last)
        found["after"] = float(s.run(v))
    return found


@case
def failing(tf, module):
    section = tf.CriticalSection()
    v = tf.get_variable("v", [], use_resource=True, initializer=tf.zeros_initializer())
    good = section.execute(counter(tf, v))

    def bad():
        with tf.control_dependencies([tf.Assert(v.read_value() < 0.0, ["wrong"])]):
            return v.read_value()

    worse = section.execute(bad)
    found = {"errors": [], "values": []}
    with tf.Session() as s:
        s.run(v.initializer)
        for _ in range(3):
            found["errors"].append(tried(s.run, worse)[:60])
            found["values"].append(tried(s.run, good))
    return found


@case
def complaints(tf, module):
    section = tf.CriticalSection(shared_name="one")
    same, other = tf.CriticalSection(shared_name="one"), tf.CriticalSection()
    v = tf.get_variable("v", [], use_resource=True)
    w = tf.get_variable("w", [], use_resource=True)

    def inside(s):
        return lambda: s.execute(lambda: tf.constant(1.0))

    found = {"itself": tried(section.execute, inside(section))}
    found["its other name"] = tried(section.execute, inside(same))
    section.execute(lambda: v + 1.0)
    found["again"] = tried(section.execute, lambda: v - 1.0)
    found["exclusive"] = tried(other.execute, lambda: v + 1.0)[:60]
    found["not exclusive"] = tried(other.execute, lambda: v + 1.0, exclusive_resource_access=False)[
        :60
    ]
    section.execute(lambda: w + 1.0, exclusive_resource_access=False)
    found["neither"] = tried(other.execute, lambda: w + 1.0, exclusive_resource_access=False)
    found["both"] = tried(tf.CriticalSection, name="x", critical_section_def=3)
    found["from a message"] = tried(tf.CriticalSection, critical_section_def=3)
    keys = ("critical_sections", "critical_section_executions")
    found["collections"] = [len(tf.get_collection(key)) for key in keys]
    return found


@case
def libraries(tf, module):
    folder = tempfile.mkdtemp()
    short, wrong = os.path.join(folder, "a.so"), os.path.join(folder, "b.so.1")
    for path, size in ((short, 3), (wrong, 5000)):
        with open(path, "wb") as f:
            f.write(b"x" * size)
    empty = tempfile.mkdtemp()
    found = {}
    for name in ("load_op_library", "load_library", "load_file_system_library"):
        load = getattr(tf, name)
        for path in ("/nowhere/x.so", "x.so", short, wrong, empty, 3):
            if path != empty or name == "load_library":
                key = "%s %s" % (name, os.path.basename(str(path)) if path != empty else "empty")  # noqa: UP031
                found[key] = tried(load, path).replace(folder, "FOLDER")
    return found


@case
def memory(tf, module):
    stats = tf.contrib.memory_stats
    made = [stats.BytesInUse(), stats.BytesLimit(), stats.MaxBytesInUse()]
    found = {"tensors": [str(t) for t in made]}
    with tf.Graph().as_default(), tf.device("/cpu:0"):
        peak = stats.MaxBytesInUse()
        with tf.Session() as s:
            found["on the CPU"] = tried(s.run, peak).split(" used by")[0]
    with tf.Graph().as_default(), tf.Session() as s:
        found["fact"] = tried(s.run, tf.user_ops.my_fact())
    return found
