"""A training step of the notes' model on digits from a TFRecord file, by queues that shuffle."""

import mnist_records
import timing

with mnist_records.training() as (session, train, _, _):
    timing.measure(lambda: session.run(train), warm_up=100, seconds=4.0)
