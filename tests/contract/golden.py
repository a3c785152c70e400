"""TensorFlow 1.15.5's public surface, as pack_api.py wrote it down."""

import functools
import json
import lzma
from pathlib import Path
from typing import Any

GOLDEN = Path(__file__).resolve().parents[1] / "golden" / "contract"


@functools.cache
def load(name: str) -> dict[str, dict[str, Any]]:
    """`ops` by op type, or `api` by public name without `tf.`"""
    return json.loads(lzma.decompress((GOLDEN / f"{name}.json.xz").read_bytes()))


def load_message(name: str, message: type[Any]) -> Any:
    """The message of the given class that a generate script wrote."""
    return message.FromString(lzma.decompress((GOLDEN / f"{name}.pb.xz").read_bytes()))
