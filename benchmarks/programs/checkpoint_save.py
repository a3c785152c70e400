"""Saving a model of 1 GB as training does: under a new name, and the one before is deleted."""

import itertools

import checkpoint
import timing

with checkpoint.model() as (session, saver, path):
    steps = itertools.count()
    timing.measure(
        lambda: saver.save(session, path, next(steps), write_meta_graph=False),
        warm_up=1,
        seconds=4.0,
    )
