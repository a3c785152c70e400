"""Export marks are found again, and refuse what would make a broken public API."""

import math

import pytest

from evergraph.base import dtypes, export
from evergraph.base.errors import NotFoundError


def test_symbols_lead_to_their_objects() -> None:
    symbols = export.exported_symbols()
    assert symbols["float32"].load() is dtypes.float32
    assert symbols["dtypes.as_dtype"].load() is dtypes.as_dtype
    assert list(symbols) == sorted(symbols)


def test_names_of_an_object() -> None:
    assert export.exported_names(dtypes.as_dtype) == ("as_dtype", "dtypes.as_dtype")
    assert export.exported_names(NotFoundError) == ("errors.NotFoundError",)
    assert export.exported_names(3) == ()


def test_a_subclass_is_not_exported() -> None:
    assert export.exported_names(type("Derived", (NotFoundError,), {})) == ()


def test_a_name_belongs_to_one_object() -> None:
    with pytest.raises(ValueError, match=r"tf\.float32 is exported twice"):
        export.export("float32")(math.sqrt)


@pytest.mark.parametrize("name", ["tf.x", "a..b", "", "a-b"])
def test_names_are_dotted_names(name: str) -> None:
    with pytest.raises(ValueError, match="Not a public name"):
        export.export(name)(math.sqrt)


def test_only_top_level_objects() -> None:
    def inner() -> None: ...

    with pytest.raises(ValueError, match="top-level"):
        export.export("inner")(inner)
