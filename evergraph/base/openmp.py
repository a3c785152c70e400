"""How torch's OpenMP threads wait for work. To be imported before torch."""

import os

# By default they spin. Where another process wants the cores, a spinning thread keeps the one
# that it waits for from running: a training step of 3 ms then takes 50 to 800. Asleep, they cost
# some 0.3 ms of such a step on idle cores. Who sets the variable keeps what was set.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
