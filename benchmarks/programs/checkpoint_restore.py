"""Restoring a model of 1 GB that was written just before."""

import checkpoint
import timing

with checkpoint.model() as (session, saver, path):
    saver.save(session, path, write_meta_graph=False)
    timing.measure(lambda: saver.restore(session, path), warm_up=1, seconds=4.0)
