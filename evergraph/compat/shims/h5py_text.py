"""Texts of HDF5 files, which h5py gave as bytes up to its version 2: Keras decodes them."""

from types import ModuleType
from typing import Any

import numpy as np

from evergraph.compat.shims.supply import reported


class _Text(str):
    """A text that can be decoded, too: then it stays what it is."""

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The text itself."""
        return str(self)

    decode = reported("bytes.decode of texts", "h5py 3.0", decode)


def _to_decode(value: Any) -> Any:
    """An attribute's value: a text, or an array of some, becomes one that can be decoded."""
    if isinstance(value, np.ndarray) and value.dtype == object:
        texts = np.empty(value.shape, object)
        texts.flat = [_to_decode(v) for v in value.flat]
        return texts
    return _Text(value) if type(value) is str else value


def give_texts_to_decode(module: ModuleType) -> None:
    """Lets the attributes of h5py._hl.attrs, just imported, be texts that can be decoded."""
    get = module.AttributeManager.__getitem__

    def get_text(self: Any, name: str) -> Any:
        return _to_decode(get(self, name))

    module.AttributeManager.__getitem__ = get_text
