"""How many times as long as on fed arrays a training step takes whose digits come from a TFRecord
file: by turns in one process, as two processes may be of different speed all the time."""

import json

import mlp
import mnist_records
import numpy as np
import timing

TURNS, STEPS = 40, 40


def steps(session, train, feeds):
    found = []
    for i in range(STEPS):
        start = timing.now()
        session.run(train, feeds and feeds[i % len(feeds)])
        found.append(timing.now() - start)
    return found


with mnist_records.training() as (session, train, images, labels):
    arrays = [(x, y.argmax(1).astype(np.int32)) for x, y in mlp.batches(10)]
    feeds = [{images: x, labels: y} for x, y in arrays]
    for given in (None, feeds) * 5:
        steps(session, train, given)
    fed, read = [], []
    for _ in range(TURNS):
        fed += steps(session, train, feeds)
        read += steps(session, train, None)
    least, median = (sorted(read)[i] / sorted(fed)[i] for i in (0, len(fed) // 2))
    print(json.dumps({"min": least, "median": median, "unit": "x"}))
