"""Monitored sessions, hooks, session managers, supervisors."""

import glob
import os
import tempfile

import numpy as np
from outcomes import Cases, Lines, describe, tried

CASES = Cases()
case = CASES.case


def nodes(graph):
    """What a graph holds: a line a node."""
    return [
        "%s %s %s %s" % (n.name, n.op, list(n.input), n.device)  # noqa: UP031 - Python 3.7
        for n in graph.as_graph_def().node
    ]


def counting(tf):
    """A model that counts, with a summary."""
    step = tf.train.get_or_create_global_step()
    tf.get_variable("local", [], collections=[tf.GraphKeys.LOCAL_VARIABLES])
    tf.summary.scalar("double", step * 2)
    return tf.assign_add(step, 1)


def logged(tf, call, folder=None):
    """What a call logs, without speeds and folders."""
    lines = Lines()
    log = __import__("logging").getLogger("tensorflow")
    log.addHandler(lines)
    tf.logging.set_verbosity(tf.logging.INFO)
    try:
        call()
    finally:
        log.removeHandler(lines)
        tf.logging.set_verbosity(tf.logging.WARN)
    found = [line.replace(folder or "//", "FOLDER") for line in lines.found]
    return [n.split(" (")[0].split("/sec")[0] for n in found if "deprecated" not in n]


class Telling(object):  # noqa: UP004
    """A hook that tells when it is called."""

    def __init__(self, name, told, fetch=None, feed=None, stop_at=None, fail_in=None):
        self.name, self.told, self.fetch, self.feed = name, told, fetch, feed
        self.stop_at, self.fail_in, self.runs = stop_at, fail_in, 0

    def tell(self, what):
        self.told.append("%s %s" % (self.name, what))  # noqa: UP031
        if what.split()[0] == self.fail_in:
            raise ValueError("failed in " + what)

    def begin(self):
        self.tell("begin")

    def after_create_session(self, session, coord):
        self.tell("created")

    def before_run(self, context):
        self.tell("before %s" % (context.original_args.fetches is not None))
        if self.fetch is None and self.feed is None:
            return None
        return self.tf.train.SessionRunArgs(self.fetch, feed_dict=self.feed)

    def after_run(self, context, values):
        self.runs += 1
        self.tell("after %s" % (values.results,))  # noqa: UP031
        if self.runs == self.stop_at:
            context.request_stop()

    def end(self, session):
        self.tell("end")


def telling(tf, *args, **kwargs):
    hook = Telling(*args, **kwargs)
    hook.tf = tf
    return hook


@case
def scaffold_graph(tf, module):
    counting(tf)
    scaffold = tf.train.Scaffold().finalize()
    graph = tf.get_default_graph()
    return {
        "nodes": nodes(graph),
        "finalized": graph.finalized,
        "names": [
            scaffold.init_op.name,
            scaffold.ready_op.name,
            scaffold.ready_for_local_init_op.name,
            scaffold.local_init_op.name,
            scaffold.summary_op.name,
        ],
        "init_fn": describe(scaffold.init_fn),
    }


@case
def scaffold_arguments(tf, module):
    counting(tf)
    init = tf.no_op("mine")
    called = []
    first = tf.train.Scaffold(init_op=init, init_fn=lambda s, sess: called.append(type(s).__name__))
    second = tf.train.Scaffold(copy_from_scaffold=first, local_init_op=tf.no_op("local_mine"))
    second.init_fn(None)
    tf.add_to_collection(tf.GraphKeys.READY_OP, tf.constant([], tf.string))
    tf.add_to_collection(tf.GraphKeys.READY_OP, tf.constant([], tf.string))
    return {
        "copied": [second.init_op.name, second.local_init_op.name, called],
        "no scaffold": tried(tf.train.Scaffold, copy_from_scaffold=1),
        "two": tried(second.finalize)[:30],
        "get_or_default": describe(
            tf.train.Scaffold.get_or_default("a", "new", lambda: tf.constant(1)).name
        ),
        "held": describe(len(tf.get_collection("new"))),
    }


@case
def vector_step(tf, module):
    step = tf.get_variable("s", initializer=[3])
    with tf.Session() as session:
        session.run(step.initializer)
        return {
            "one": tried(tf.train.global_step, session, step),
            "two": tried(tf.train.global_step, session, tf.constant([1, 2]))[:20],
        }


@case
def supervisor_graph(tf, module):
    counting(tf)
    supervisor = tf.train.Supervisor()
    return {
        "nodes": nodes(tf.get_default_graph()),
        "step": supervisor.global_step.name,
        "path": describe(supervisor.save_path),
        "not chief": tried(tf.train.Supervisor, is_chief=False)[:60],
        "no writer": tried(supervisor.summary_computed, None, tf.Summary()),
    }


@case
def hook_order(tf, module):
    told = []
    op = counting(tf)
    x = tf.placeholder(tf.float32, [], name="x")
    y = tf.placeholder_with_default(1.0, [], name="y")
    hooks = [telling(tf, "a", told, fetch=x + y), telling(tf, "b", told, feed={y: 5.0}, stop_at=2)]
    results = []
    with tf.train.MonitoredSession(hooks=hooks) as session:
        while not session.should_stop():
            results.append(describe(session.run(op, {x: 1.0})))
        after = tried(session.run, op)
        twice = tried(session.run, op, {y: 1.0})
    return {
        "told": told,
        "results": results,
        "after": after,
        "twice": twice,
        "closed": tried(session.run, op)[:22],
        "close": tried(session.close),
        "should_stop": session.should_stop(),
        "graph": describe(session.graph is None),
        "finalized": tf.get_default_graph().finalized,
    }


@case
def feeds_that_meet(tf, module):
    op = counting(tf)
    y = tf.placeholder_with_default(1.0, [], name="y")
    hooks = [tf.train.FeedFnHook(lambda: {y: 5.0})]

    def run(hooks, feed):
        with tf.train.MonitoredSession(hooks=hooks) as session:
            return session.run([op, y], feed)

    return {
        "fed": tried(run, hooks, None),
        "user": tried(run, hooks, {y: 2.0})[:90],
        "hooks": tried(run, hooks * 2, None)[:70],
    }


@case
def failing_hooks(tf, module):
    found = {}
    op = counting(tf)
    for place in ("begin", "created", "before", "after", "end"):
        told = []
        hooks = [telling(tf, "a", told), telling(tf, "b", told, fail_in=place)]

        def go(hooks=hooks):
            with tf.train.SingularMonitoredSession(hooks=hooks) as session:
                session.run(op)

        found[place] = [tried(go), told]
    return found


@case
def errors_in_the_block(tf, module):
    told = []
    op = counting(tf)

    def go(error):
        with tf.train.MonitoredSession(hooks=[telling(tf, "a", told)]) as session:
            session.run(op)
            raise error

    return {
        "end": tried(go, tf.errors.OutOfRangeError(None, None, "end")),
        "stop": tried(go, StopIteration()),
        "other": tried(go, KeyError("k")),
        "aborted": tried(go, tf.errors.AbortedError(None, None, "lost")),
        "told": told,
    }


@case
def recovery(tf, module):
    told, failures = [], [tf.errors.AbortedError, tf.errors.UnavailableError]
    op = counting(tf)

    class Losing(tf.train.SessionRunHook):
        def after_create_session(self, session, coord):
            told.append("created")

        def after_run(self, context, values):
            if failures:
                raise failures.pop()(None, None, "lost")

    with tf.train.MonitoredSession(hooks=[Losing()]) as session:
        value = describe(session.run(op))
    failures.append(tf.errors.AbortedError)

    def singular():
        with tf.train.SingularMonitoredSession(hooks=[Losing()]) as session:
            return session.run(op)

    return {"value": value, "told": told, "singular": tried(singular)}


@case
def step_functions(tf, module):
    told = []
    op = counting(tf)
    step = tf.train.get_global_step()
    with tf.train.MonitoredSession(hooks=[telling(tf, "a", told)]) as session:

        def body(step_context):
            step_context.session.run(op)
            return step_context.run_with_hooks(step)

        value = tried(session.run_step_fn, body)
        stop = tried(session.run_step_fn, lambda step_context: step_context.request_stop())
        wrong = tried(session.run_step_fn, lambda x: x)
    return {"value": value, "stop": stop, "wrong": wrong, "told": told}


@case
def training(tf, module):
    folder = tempfile.mkdtemp()
    counting(tf)
    step = tf.train.get_global_step()
    # Hooks read the step at the same time as it is counted up, unless one waits for the other.
    op = module("python.training.training_util")._increment_global_step(1)

    def train(**kwargs):
        values = []
        hooks = [tf.train.StopAtStepHook(last_step=7)]
        with tf.train.MonitoredTrainingSession(
            checkpoint_dir=folder,
            hooks=hooks,
            save_summaries_steps=2,
            save_checkpoint_steps=3,
            log_step_count_steps=5,
            **kwargs,
        ) as session:
            while not session.should_stop():
                values.append(int(session.run(op)))
        return values

    first = logged(tf, lambda: train(), folder)
    files = sorted(f for f in os.listdir(folder) if "events" not in f)
    again = train()
    tf.summary.FileWriterCache.clear()
    events = []
    for path in sorted(glob.glob(os.path.join(folder, "events*"))):
        for event in tf.train.summary_iterator(path):
            kinds = [event.WhichOneof("what"), event.step]
            for value in event.summary.value:
                kinds.append(value.tag)
            if event.HasField("session_log"):
                log = event.session_log
                kinds.append([log.status, log.checkpoint_path.replace(folder, "")])
            events.append(kinds)
    state = tf.train.get_checkpoint_state(folder)
    with open(os.path.join(folder, "graph.pbtxt")) as f:
        text = f.read()
    return {
        "log": first,
        "files": files,
        "again": again,
        "events": events,
        "kept": [os.path.basename(p) for p in state.all_model_checkpoint_paths],
        "graph": text.count("_output_shapes") > 5,
        "step": step.name,
    }


@case
def training_options(tf, module):
    def hooks_of(**kwargs):
        with tf.Graph().as_default():
            counting(tf)
            session = tf.train.MonitoredTrainingSession(**kwargs)
            names = [type(h).__name__ for h in session._hooks]
            session.close()
            return names

    folder = tempfile.mkdtemp()
    own = tf.train.StopAtStepHook(last_step=1)
    found = {
        "none": hooks_of(),
        "folder": hooks_of(checkpoint_dir=folder),
        "no checkpoints": hooks_of(checkpoint_dir=folder, save_checkpoint_secs=None),
        "no summaries": hooks_of(checkpoint_dir=folder, save_summaries_steps=0),
        "no log": hooks_of(checkpoint_dir=folder, log_step_count_steps=None),
        "summaries": hooks_of(summary_dir=folder, save_summaries_secs=5),
        "hooks": hooks_of(hooks=[own], chief_only_hooks=[tf.train.FeedFnHook(dict)]),
    }
    tf.summary.FileWriterCache.clear()
    return found


@case
def stop_at_step(tf, module):
    def run(**kwargs):
        with tf.Graph().as_default():
            op = counting(tf)
            n = 0
            with tf.train.MonitoredSession(hooks=[tf.train.StopAtStepHook(**kwargs)]) as session:
                while not session.should_stop():
                    n = session.run(op)
            return n

    def without():
        with tf.Graph().as_default():
            tf.train.StopAtStepHook(2).begin()

    return {
        "num": tried(run, num_steps=3),
        "last": tried(run, last_step=4),
        "both": tried(run, num_steps=3, last_step=4),
        "none": tried(run),
        "without": tried(without),
    }


@case
def logging_hook(tf, module):
    op = counting(tf)
    values = tf.constant([1.5, 2e-9], name="values")
    tf.split(values, 2, name="parts")

    def run(runs, *args, **kwargs):
        def go():
            with tf.train.MonitoredSession(
                hooks=[tf.train.LoggingTensorHook(*args, **kwargs)]
            ) as session:
                for _ in range(runs):
                    session.run(op)

        return [line for line in logged(tf, go) if "=" in line or "MINE" in line]

    hook = tf.train.LoggingTensorHook
    return {
        "names": run(5, ["values", "values:0"], every_n_iter=2),
        "dict": run(3, {"b": values, "a": op}, every_n_iter=2),
        "at end": run(3, {"a": op}, at_end=True),
        "formatter": run(2, ["values"], every_n_iter=1, formatter=lambda d: "MINE %s" % len(d)),  # noqa: UP031
        "seconds": run(2, ["values"], every_n_secs=100),
        "none": tried(hook, ["x"]),
        "both": tried(hook, ["x"], every_n_iter=1, every_n_secs=1),
        "zero": tried(hook, ["x"], every_n_iter=0),
        "ambiguous": tried(run, 1, ["parts"], every_n_iter=1),
        "other graph": tried(run, 1, {"x": 3}, every_n_iter=1)[:30],
    }


@case
def nan_hook(tf, module):
    counting(tf)
    x = tf.placeholder(tf.float32, [])

    def run(values, **kwargs):
        with tf.train.MonitoredSession(hooks=[tf.train.NanTensorHook(x, **kwargs)]) as session:
            n = 0
            for value in values:
                if session.should_stop():
                    break
                session.run(x, {x: value})
                n += 1
            return n

    return {
        "fine": tried(run, [1.0, float("inf")]),
        "nan": tried(run, [1.0, float("nan"), 2.0]),
        "stops": tried(run, [1.0, float("nan"), 2.0], fail_on_nan_loss=False),
    }


@case
def final_ops(tf, module):
    op = counting(tf)
    x = tf.placeholder(tf.int64, [])
    hook = tf.train.FinalOpsHook({"a": op + x}, {x: 10})
    before = describe(hook.final_ops_values)
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        session.run(op)
    return {"before": before, "after": describe(hook.final_ops_values)}


@case
def timers(tf, module):
    timer = tf.train.SecondOrStepTimer(every_steps=3)
    steps = []
    for step in [0, 1, 3, 3, 5, 6, 20]:
        if timer.should_trigger_for_step(step):
            steps.append((step, timer.update_last_triggered_step(step)[1]))
    timer.reset()
    return {
        "steps": describe(steps),
        "reset": describe(timer.last_triggered_step()),
        "seconds": tf.train.SecondOrStepTimer(every_secs=9).should_trigger_for_step(1),
        "none": tried(tf.train.SecondOrStepTimer),
        "both": tried(tf.train.SecondOrStepTimer, 1, 2),
    }


@case
def saver_hook(tf, module):
    folder = tempfile.mkdtemp()
    told = []

    class Listener(tf.train.CheckpointSaverListener):
        def begin(self):
            told.append("begin")

        def before_save(self, session, step):
            told.append("before %d" % step)  # noqa: UP031

        def after_save(self, session, step):
            told.append("after %d" % step)  # noqa: UP031
            return step == 4

        def end(self, session, step):
            told.append("end %d" % step)  # noqa: UP031

    op = counting(tf)
    saver = tf.train.Saver()
    hook = tf.train.CheckpointSaverHook(
        folder, save_steps=2, saver=saver, checkpoint_basename="m", listeners=[Listener()]
    )
    n = 0
    with tf.train.MonitoredSession(hooks=[hook]) as session:
        while not session.should_stop():
            n = session.run(op)
    tf.summary.FileWriterCache.clear()
    hook = tf.train.CheckpointSaverHook
    return {
        "told": told,
        "n": describe(n),
        "files": sorted(f for f in os.listdir(folder) if "events" not in f),
        "both": tried(hook, folder, save_steps=1, saver=saver, scaffold=1),
        "none": tried(hook, folder),
        "no saver": tried(hook(folder, save_steps=1)._get_saver),
    }


@case
def other_hooks(tf, module):
    counting(tf)
    return {
        "summaries": tried(tf.train.SummarySaverHook, save_steps=1),
        "summaries both": tried(tf.train.SummarySaverHook, save_steps=1, scaffold=1, summary_op=2),
        "counter": tried(tf.train.StepCounterHook, None),
        "counter both": tried(tf.train.StepCounterHook, 1, 2),
        "context": tried(lambda: tf.train.SessionRunContext(1, 2).stop_requested),
        "values": describe(tf.train.SessionRunValues(1, 2, 3)),
        "args": describe(tf.train.SessionRunArgs(1)),
        "waiter": tried(tf.train.GlobalStepWaiterHook(0).begin),
    }


@case
def session_manager(tf, module):
    counting(tf)
    x = tf.get_variable("x", [2])
    ready = tf.report_uninitialized_variables(tf.global_variables())
    manager = tf.train.SessionManager(ready_op=ready, recovery_wait_secs=1)
    init = tf.global_variables_initializer()
    saver = tf.train.Saver()
    folder = tempfile.mkdtemp()

    def prepared(**kwargs):
        with manager.prepare_session("", **kwargs) as session:
            return session.run(x)

    def recovered():
        session, good = manager.recover_session("", saver, folder)
        session.close()
        return good

    def saved():
        with manager.prepare_session("", init_op=init) as session:
            session.run(x.assign([3.0, 4.0]))
            saver.save(session, os.path.join(folder, "m"))

    found = {
        "nothing": tried(prepared),
        "init": tried(lambda: prepared(init_op=init).shape),
        "not ready": tried(prepared, init_op=x.initializer),
        "init_fn": tried(lambda: prepared(init_fn=lambda s: s.run(init)).shape),
        "no checkpoint": tried(recovered),
        "wait": tried(manager.wait_for_session, "", max_wait_secs=0.5),
        "both": tried(
            prepared, saver=saver, checkpoint_dir=folder, checkpoint_filename_with_path=folder
        ),
        "local": tried(tf.train.SessionManager, ready_for_local_init_op=ready)[:90],
        "save": tried(saved),
        "restored": tried(prepared, saver=saver, checkpoint_dir=folder),
        "recovered": tried(recovered),
        "by path": tried(
            prepared, saver=saver, checkpoint_filename_with_path=os.path.join(folder, "m")
        ),
    }
    return found


@case
def supervisor(tf, module):
    folder = tempfile.mkdtemp()
    op = counting(tf)
    sv = tf.train.Supervisor(logdir=folder, save_summaries_secs=100, save_model_secs=0)
    values = []
    with sv.managed_session() as session:
        while not sv.should_stop():
            values.append(int(session.run(op)))
            if values[-1] == 3:
                sv.summary_computed(session, tf.Summary())
                sv.saver.save(session, sv.save_path, sv.global_step)
                sv.request_stop()

    def failing():
        with sv.managed_session():
            raise ValueError("mine")

    (path,) = glob.glob(os.path.join(folder, "events*"))
    kinds = [(e.WhichOneof("what"), e.step) for e in tf.train.summary_iterator(path)]
    ended = [k for k in kinds if k[0] == "session_log"]
    loops = []

    def count(amount, more=0):
        loops.append(amount + more)
        if len(loops) == 3:
            sv.request_stop()

    with sv.managed_session(start_standard_services=False):
        sv.loop(None, count, args=(1,), kwargs={"more": 2}).join()
    with sv.managed_session() as session:
        resumed = describe(session.run(op))
    return {
        "values": values,
        "logs": ended[0],
        "files": sorted(f for f in os.listdir(folder) if "events" not in f),
        "failing": tried(failing),
        "loops": loops,
        "resumed": resumed,
        "stop": sv.should_stop(),
    }


@case
def basic_loop(tf, module):
    folder = tempfile.mkdtemp()
    op = counting(tf)
    sv = tf.train.Supervisor(logdir=folder, save_summaries_secs=0, save_model_secs=0)
    told = []

    def step(session, a, b=0):
        told.append((int(session.run(op)), a, b))
        if len(told) == 2:
            raise tf.errors.AbortedError(None, None, "lost")
        if len(told) == 4:
            sv.request_stop()

    tf.train.basic_train_loop(sv, step, args=(5,), kwargs={"b": 6})
    return {"told": describe(told)}


@case
def queue_input(tf, module):
    """Threads of queue runners; the end of the input ends the session."""
    counting(tf)
    queue = tf.FIFOQueue(10, [tf.float32], [[]])
    put = queue.enqueue(tf.train.limit_epochs(tf.constant(1.5), 5))
    tf.train.add_queue_runner(tf.train.QueueRunner(queue, [put]))
    batch = queue.dequeue_many(2)
    found = []
    with tf.train.MonitoredSession() as session:
        while not session.should_stop():
            found.append(session.run(batch).tolist())
    return {"found": np.array(found).tolist(), "stop": session.should_stop()}


@case
def servers(tf, module):
    """Devices of a server have the names of its job and task."""
    local = tf.train.Server.create_local_server()
    worker = tf.train.Server(tf.train.ClusterSpec({"worker": ["localhost:0"]}))

    def devices(server):
        with tf.Session(server.target) as session:
            return [d.name for d in session.list_devices() if "XLA" not in d.name][0]

    def run(target, device):
        with tf.Graph().as_default(), tf.device(device), tf.Session(target) as session:
            return session.run(tf.constant(1.0))

    return {
        "def": local.server_def.job_name,
        "local": devices(local),
        "worker": devices(worker),
        "run local": tried(run, local.target, "/job:local"),
        "run worker": tried(run, worker.target, "/job:worker/task:0"),
        "not there": tried(run, worker.target, "/job:local")[:80],
        "default": tried(run, "", "/job:worker")[:80],
    }
