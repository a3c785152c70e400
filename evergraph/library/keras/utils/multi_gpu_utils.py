"""Models on several GPUs: `tf.keras.utils.multi_gpu_model`."""

from typing import Any

from evergraph.api import array_ops
from evergraph.base.export import export
from evergraph.graph.defaults import device, name_scope
from evergraph.library.keras.cloning import clone_model
from evergraph.library.keras.engine.network import unique_names
from evergraph.library.keras.engine.training import Model
from evergraph.library.keras.layers.core import Lambda
from evergraph.library.keras.layers.merge import concatenate
from evergraph.library.keras.session import get_session


def _share(data: Any, i: int, parts: int) -> Any:
    """One of several parts of a batch; the last one has what remains."""
    shape = array_ops.shape(data)
    batch_size, others = shape[:1], shape[1:]
    step = batch_size // parts
    size = batch_size - step * i if i == parts - 1 else step
    start = array_ops.concat([step, others * 0], axis=0) * i
    return array_ops.slice(data, start, array_ops.concat([size, others], axis=0))


def _known_devices() -> list[str]:
    names = [found.name.lower() for found in get_session().list_devices()]
    return ["/" + ":".join(name.split(":")[-2:]) for name in names]


@export("keras.utils.multi_gpu_model")
def multi_gpu_model(
    model: Any, gpus: Any, cpu_merge: bool = True, cpu_relocation: bool = False
) -> Any:
    """A model that gives each GPU a part of the batch. Stands for
    `tf.keras.utils.multi_gpu_model`.

    Args:
      model: a functional or sequential model.
      gpus: how many GPUs, or their numbers.
      cpu_merge: whether the outputs are put together on the CPU.
      cpu_relocation: whether the weights are made anew on the CPU.

    Raises:
      ValueError: there is only one, or there are not as many.
    """
    several = isinstance(gpus, (list, tuple))
    if (len(gpus) if several else gpus) <= 1:
        call = "`len(gpus) >= 2`" if several else "`gpus >= 2`"
        raise ValueError(
            f"For multi-gpu usage to be effective, call `multi_gpu_model` with {call}. Received: "
            f"`gpus={gpus}`"
        )
    numbers = list(gpus) if several else list(range(gpus))
    wanted = ["/cpu:0", *(f"/gpu:{number}" for number in numbers)]
    known = _known_devices()
    if any(name not in known for name in wanted):
        raise ValueError(
            f"To call `multi_gpu_model` with `gpus={gpus}`, we expect the following devices to be "
            f"available: {wanted}. However this machine only has: {known}. Try reducing `gpus`."
        )
    if cpu_relocation:
        with device("/cpu:0"):
            model = clone_model(model)
    outputs: list[list[Any]] = [[] for _ in model.outputs]
    for i, number in enumerate(numbers):
        with device(f"/gpu:{number}"), name_scope(f"replica_{number}"):
            inputs = []
            for x in model.inputs:
                shape = tuple(x.shape.as_list())[1:]
                arguments = {"i": i, "parts": len(numbers)}
                inputs.append(Lambda(_share, output_shape=shape, arguments=arguments)(x))
            found = model(inputs if len(inputs) > 1 else inputs[0])
            for kept, output in zip(
                outputs, found if isinstance(found, list) else [found], strict=True
            ):
                kept.append(output)
    with device("/cpu:0" if cpu_merge else f"/gpu:{numbers[0]}"):
        names = unique_names(model.output_names)
        merged = [
            concatenate(parts, axis=0, name=name)
            for parts, name in zip(outputs, names, strict=True)
        ]
        return Model(model.inputs, merged)
