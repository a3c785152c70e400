"""The most memory that saving and restoring a model of 1 GB take beside the model, in MB."""

import checkpoint
import timing


def status(name):
    """A number of the process, in MB."""
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1e3


with checkpoint.model() as (session, saver, path):
    before = status("VmRSS")
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # forgets the highest so far
    saver.save(session, path, write_meta_graph=False)
    saver.restore(session, path)
    timing.report([status("VmHWM") - before], "MB")
