"""The functions of `tensorboard.summary` that make summaries as TensorFlow 1's did."""

from types import ModuleType

from evergraph.compat.shims.supply import Supply, supply


def give_first_version(module: ModuleType) -> None:
    """Lets `tensorboard.summary` offer what is in its module `v1`, as it did before 2.0, also under
    the names that have come to mean something else: `scalar`, `histogram`, `image`, ..."""
    if not hasattr(module, "v1"):
        return
    first = {name: value for name, value in vars(module.v1).items() if not name.startswith("_")}
    for name in first:
        vars(module).pop(name, None)
    supply(
        module,
        {name: Supply(lambda value=v: value, "TensorBoard 2.0") for name, v in first.items()},
    )
