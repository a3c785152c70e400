"""evergraph keeps TensorFlow 1.x programs running, with PyTorch as the engine.

`import evergraph as tf` gives TensorFlow 1.15's public names. `install_as_tensorflow()` makes
`import tensorflow` mean the same, for programs that are to stay as they are.
"""

import gc
from typing import Any

# Some hundred thousand objects come to stay. To look through them again and again while they do is
# a third of the time of the import; and afterwards, half the time of building a graph. Frozen, they
# are left out of every collection.
_collects = gc.isenabled()
gc.disable()
try:
    # Has to come before torch.
    import evergraph.base.memory
    import evergraph.base.openmp
    import evergraph.compat

    # The entries of all op types; nothing else imports the families.
    import evergraph.ops  # noqa: F401
    from evergraph import tf as _tf
    from evergraph.compat.importer import install_as_tensorflow as install_as_tensorflow

    # Overrides the attribute `compat`: here it is the public tf.compat, not the folder of that
    # name.
    from evergraph.tf import *  # noqa: F403
finally:
    gc.freeze()
    if _collects:
        gc.enable()

__version__ = _tf.__version__


def __getattr__(name: str) -> Any:
    """What is only imported when first used; TensorFlow's names that are missing say so."""
    return getattr(_tf, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *dir(_tf)})


def load_ipython_extension(ipython: Any) -> None:
    """`%load_ext evergraph`: from now on `import tensorflow` gives evergraph."""
    install_as_tensorflow()
