"""How torch's OpenMP threads wait for work. To be imported before torch."""

import os

# By default they spin for milliseconds. Where another process wants the cores, a spinning thread
# keeps the one that it waits for from running: a training step of 3 ms then takes 50 to 800.
# Asleep at once, they cost a step on idle cores some 0.3 ms. A short spin, some 30 µs, has neither
# fault. Who sets one of the variables keeps what was set.
if "OMP_WAIT_POLICY" not in os.environ:
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")
