"""The weights of layers and optimizers in groups of HDF5 files."""

import importlib
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np

from evergraph.library.keras.engine.network_config import KERAS_VERSION
from evergraph.library.keras.saving.legacy_weights import adapted
from evergraph.library.keras.session import batch_get_value, batch_set_value

# An attribute of a group holds no more bytes.
ATTRIBUTE_LIMIT = 64512


def h5py_module(what: str) -> ModuleType:
    """The library for HDF5, imported where it is first needed.

    Raises:
      ImportError: it is not installed.
    """
    try:
        return importlib.import_module("h5py")
    except ModuleNotFoundError as error:
        raise ImportError(f"{what} requires h5py.") from error


def text(value: Any) -> str:
    """An attribute as text: files have bytes, or text in newer ones."""
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def write_names(group: Any, name: str, values: Sequence[str]) -> None:
    """Writes a list of names as an attribute; a long one as several, with numbers.

    Raises:
      RuntimeError: a single one is too long.
    """
    data = [value.encode() for value in values]
    long = [value for value, raw in zip(values, data, strict=True) if len(raw) > ATTRIBUTE_LIMIT]
    if long:
        raise RuntimeError(
            "The following attributes cannot be saved to HDF5 file because they are larger than "
            f"{ATTRIBUTE_LIMIT} bytes: {', '.join(long)}"
        )
    array = np.asarray(data)
    parts, number = [array], 1
    while any(part.nbytes > ATTRIBUTE_LIMIT for part in parts):
        number += 1
        parts = np.array_split(array, number)
    if number == 1:
        group.attrs[name] = array
        return
    for i, part in enumerate(parts):
        group.attrs[f"{name}{i}"] = part


def read_names(group: Any, name: str) -> list[str]:
    """What `write_names` wrote."""
    if name in group.attrs:
        return [text(value) for value in group.attrs[name]]
    found: list[str] = []
    number = 0
    while f"{name}{number}" in group.attrs:
        found += [text(value) for value in group.attrs[f"{name}{number}"]]
        number += 1
    return found


def write_variables(group: Any, variables: Sequence[Any]) -> None:
    """Writes variables as datasets of their names."""
    names = [str(v.name) for v in variables]
    write_names(group, "weight_names", names)
    for name, value in zip(names, batch_get_value(variables), strict=True):
        value = np.asarray(value)
        group.create_dataset(name, value.shape, dtype=value.dtype)[...] = value


def read_values(group: Any) -> list[Any]:
    """What `write_variables` wrote."""
    return [np.asarray(group[name]) for name in read_names(group, "weight_names")]


def variables_of(layer: Any) -> list[Any]:
    """The variables of a layer in the order of files: those that are trained first."""
    return layer.trainable_weights + layer.non_trainable_weights


def save_layers(group: Any, layers: Sequence[Any]) -> None:
    """Writes a group for each layer."""
    write_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"] = b"tensorflow"
    group.attrs["keras_version"] = KERAS_VERSION.encode()
    for layer in layers:
        write_variables(group.create_group(layer.name), variables_of(layer))


def _origin(group: Any) -> tuple[str, str | None]:
    """Version of Keras and backend that wrote the file."""
    version = text(group.attrs["keras_version"]) if "keras_version" in group.attrs else "1"
    return version, text(group.attrs["backend"]) if "backend" in group.attrs else None


def load_layers(group: Any, layers: Sequence[Any]) -> None:
    """Sets the variables of layers, one layer with variables after the other.

    Raises:
      ValueError: the file has another number of layers, or a layer of variables.
    """
    origin = _origin(group)
    wanted = [layer for layer in layers if variables_of(layer)]
    names = [
        name for name in read_names(group, "layer_names") if read_names(group[name], "weight_names")
    ]
    if len(names) != len(wanted):
        raise ValueError(
            f"You are trying to load a weight file containing {len(names)} layers into a model "
            f"with {len(wanted)} layers."
        )
    pairs: list[tuple[Any, Any]] = []
    for i, (name, layer) in enumerate(zip(names, wanted, strict=True)):
        variables = variables_of(layer)
        values = adapted(layer, read_values(group[name]), *origin)
        if len(values) != len(variables):
            raise ValueError(
                f'Layer #{i} (named "{layer.name}" in the current model) was found to correspond '
                f"to layer {name} in the save file. However the new layer {layer.name} expects "
                f"{len(variables)} weights, but the saved weights have {len(values)} elements."
            )
        pairs += zip(variables, values, strict=True)
    batch_set_value(pairs)


def load_layers_by_name(group: Any, layers: Sequence[Any]) -> None:
    """Sets the variables of those layers whose names are in the file.

    Raises:
      ValueError: a layer has other variables.
    """
    origin = _origin(group)
    pairs = []
    for i, name in enumerate(read_names(group, "layer_names")):
        for layer in (layer for layer in layers if layer.name == name):
            variables = variables_of(layer)
            values = adapted(layer, read_values(group[name]), *origin)
            start = f'Layer #{i} (named "{layer.name}")'
            if len(values) != len(variables):
                raise ValueError(
                    f"{start} expects {len(variables)} weight(s), but the saved weights have "
                    f"{len(values)} element(s)."
                )
            for variable, value in zip(variables, values, strict=True):
                shape = tuple(variable.shape.as_list())
                if shape != value.shape:
                    raise ValueError(
                        f"{start}, weight {variable} has shape {shape}, but the saved weight has "
                        f"shape {value.shape}."
                    )
                pairs.append((variable, value))
    batch_set_value(pairs)
