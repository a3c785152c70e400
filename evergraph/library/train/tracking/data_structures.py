"""Lists and dicts whose elements are parts, and what attributes of trackable objects become."""

import collections
import copy
import operator
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from collections.abc import Mapping as AbstractMapping
from typing import Any, Self

from evergraph.api.variables import Variable
from evergraph.base.export import export
from evergraph.base.trackable import Trackable
from evergraph.library.eager import def_function, function
from evergraph.library.saved_model.revived_types import register_revived_type
from evergraph.library.train.tracking import layer_utils

_IGNORED = (
    "If you don't need this {} checkpointed, wrap it in a tf.contrib.checkpoint.NoDependency "
    "object; it will be automatically un-wrapped and subsequently ignored."
)


@export("contrib.checkpoint.NoDependency")
class NoDependency:
    """Marks a value that is to become an attribute as it is, and no part. Stands for
    `tf.contrib.checkpoint.NoDependency`."""

    def __init__(self, value: Any) -> None:
        self.value = value


def _wrap_or_unwrap(value: Any) -> Any:
    """What an attribute that is set to `value` becomes."""
    if isinstance(value, NoDependency):
        return value.value
    if isinstance(value, Trackable):
        return value
    # Exactly these types: what derives from them may have state of its own.
    if type(value) in (dict, collections.OrderedDict):
        return _DictWrapper(value)
    if type(value) is list:
        return ListWrapper(value)
    return value


def sticky_attribute_assignment(trackable: Any, name: str, value: Any) -> Any:
    """Makes `value` a part of `trackable`, if it can be one.

    Returns:
      What the attribute is to be: for lists and dicts a trackable one around them.
    """
    wrapped = _wrap_or_unwrap(value)
    if isinstance(wrapped, Trackable) and not isinstance(value, NoDependency):
        trackable._track_trackable(wrapped, name=name, overwrite=True)
    return wrapped


class _UntrackableError(ValueError):
    """An element of a List or Mapping that is no Trackable."""

    def __init__(self, value: Any) -> None:
        super().__init__(value)
        self._value = value

    def __str__(self) -> str:
        return (
            "Only trackable objects (such as Layers or Optimizers) may be stored in a List object. "
            f"Got {self._value}, which does not inherit from Trackable."
        )


class TrackableDataStructure(Trackable):
    """What lists and dicts of parts have in common: the weights of the layers in them."""

    def __init__(self) -> None:
        self._self_trainable = True
        self._self_extra_variables: list[Any] = []

    @property
    def trainable(self) -> bool:
        """Whether any weights count as trained."""
        return self._self_trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._self_trainable = value

    def _track_value(self, value: Any, name: str) -> Any:
        """Makes an element a part; ValueError where it cannot be one."""
        value = sticky_attribute_assignment(trackable=self, value=value, name=name)
        if isinstance(value, Variable):
            self._self_extra_variables.append(value)
        if not isinstance(value, Trackable):
            raise _UntrackableError(value)
        if hasattr(value, "_use_resource_variables"):
            # Of layers that otherwise make reference variables.
            value._use_resource_variables = True
        return value

    @property
    def _values(self) -> Iterable[Any]:
        raise NotImplementedError("Abstract method")

    @property
    def _layers(self) -> list[Any]:
        return [
            obj
            for obj in self._values
            if isinstance(obj, TrackableDataStructure)
            or layer_utils.is_layer(obj)
            or layer_utils.has_weights(obj)
        ]

    @property
    def layers(self) -> list[Any]:
        """The layers in it, also those in containers."""
        return layer_utils.filter_empty_layer_containers(self._layers)

    @property
    def trainable_weights(self) -> list[Any]:
        """The weights that are trained."""
        return layer_utils.gather_trainable_weights(
            self.trainable, self._layers, self._self_extra_variables
        )

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The other weights."""
        return layer_utils.gather_non_trainable_weights(
            self.trainable, self._layers, self._self_extra_variables
        )

    @property
    def weights(self) -> list[Any]:
        """All weights, those that are trained first."""
        return self.trainable_weights + self.non_trainable_weights

    @property
    def trainable_variables(self) -> list[Any]:
        """The same as `trainable_weights`."""
        return self.trainable_weights

    @property
    def non_trainable_variables(self) -> list[Any]:
        """The same as `non_trainable_weights`."""
        return self.non_trainable_weights

    @property
    def variables(self) -> list[Any]:
        """The same as `weights`."""
        return self.weights

    @property
    def updates(self) -> list[Any]:
        """The updates of the layers."""
        return [u for layer in self.layers if hasattr(layer, "updates") for u in layer.updates]

    @property
    def losses(self) -> list[Any]:
        """The losses of the layers."""
        return [x for layer in self.layers if hasattr(layer, "losses") for x in layer.losses]

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


@export("contrib.checkpoint.List")
class List(TrackableDataStructure, Sequence):
    """A list of trackable objects that only grows, its elements named "0", "1", ... Stands for
    `tf.contrib.checkpoint.List`.

    Made as a list is. Lists and dicts among the elements are kept as trackable ones.

    Raises:
      ValueError: an element is not trackable.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._storage = self._make_storage(*args, **kwargs)
        for index, element in enumerate(self._storage):
            self._storage[index] = self._track_value(element, name=str(index))

    def _make_storage(self, *args: Any, **kwargs: Any) -> list[Any]:
        return list(*args, **kwargs)

    def copy(self) -> Self:
        """A list of the same elements."""
        return type(self)(copy.copy(self._storage))

    def __copy__(self) -> Self:
        return self.copy()

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(copy.deepcopy(self._storage, memo))

    @property
    def _values(self) -> Iterable[Any]:
        return self

    def append(self, value: Any) -> None:
        """Adds an element."""
        self._storage.append(self._track_value(value, str(len(self._storage))))

    def extend(self, values: Iterable[Any]) -> None:
        """Adds several elements."""
        for value in values:
            self.append(value)

    def __iadd__(self, values: Iterable[Any]) -> Self:
        self.extend(values)
        return self

    def __add__(self, other: Any) -> Self:
        return type(self)(self._storage + getattr(other, "_storage", other))

    def __radd__(self, other: Any) -> Self:
        return type(self)(other) + self

    def __imul__(self, y: int) -> Self:
        if y <= 0:
            raise ValueError(
                f"List only supports append, multiplying in place by {y} removes elements."
            )
        self.extend(self._storage * (y - 1))
        return self

    def __mul__(self, n: int) -> Self:
        return type(self)(self._storage * n)

    def __rmul__(self, n: int) -> Self:
        return self * n

    def __getitem__(self, key: Any) -> Any:
        return self._storage[key]

    def __len__(self) -> int:
        return len(self._storage)

    def __repr__(self) -> str:
        return f"List({self._storage!r})"

    def __sizeof__(self) -> int:
        return super().__sizeof__() + self._storage.__sizeof__()


class ListWrapper(List, MutableSequence, list):  # type: ignore[misc]
    """A list that is an attribute of a trackable object: it does what lists do.

    It shares its elements with the list it was made of. A checkpoint cannot have it once parts were
    replaced, moved or removed, or the list was changed behind its back.
    """

    def __init__(self, wrapped_list: list[Any]) -> None:
        self._non_append_mutation = False
        self._external_modification = False
        super().__init__(wrapped_list)
        self._snapshot: list[Any] | None = list(self._storage)

    def _make_storage(self, wrapped_list: list[Any]) -> list[Any]:  # type: ignore[override]
        return wrapped_list

    def __copy__(self) -> Self:
        return self._with_state(super().__copy__())

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self._with_state(super().__deepcopy__(memo))

    def _with_state(self, copied: Self) -> Self:
        copied._non_append_mutation = self._non_append_mutation
        copied._external_modification = self._external_modification
        return copied

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self._storage,)

    def _check_external_modification(self) -> None:
        if self._external_modification or self._non_append_mutation:
            return
        if self._storage != self._snapshot:
            self._external_modification = True
            self._snapshot = None

    def _update_snapshot(self) -> None:
        if not (self._external_modification or self._non_append_mutation):
            self._snapshot = list(self._storage)

    @property
    def _checkpoint_dependencies(self) -> list[Any]:
        self._check_external_modification()
        if self._non_append_mutation:
            raise self._cannot_save(
                "A list element was replaced (__setitem__, __setslice__), deleted "
                "(__delitem__, __delslice__), or moved (sort). In order to support restoration on "
                "object creation, tracking is exclusively for append-only data structures."
            )
        if self._external_modification:
            raise self._cannot_save(
                "The wrapped list was modified outside the wrapper (its final value was "
                f"{self._storage}, its value when a checkpoint dependency was added was "
                f"{self._snapshot}), which breaks restoration on object creation."
            )
        return super()._checkpoint_dependencies

    def _cannot_save(self, why: str) -> ValueError:
        return ValueError(
            f"Unable to save the object {self} (a list wrapper constructed to track trackable "
            f"TensorFlow objects). {why}\n\n" + _IGNORED.format("list")
        )

    def _track_value(self, value: Any, name: str) -> Any:
        try:
            return super()._track_value(value=value, name=name)
        except ValueError:  # no part: an element all the same
            return sticky_attribute_assignment(trackable=self, value=value, name=name)

    def append(self, value: Any) -> None:
        self._check_external_modification()
        super().append(value)
        self._update_snapshot()

    def extend(self, values: Iterable[Any]) -> None:
        self._check_external_modification()
        super().extend(values)
        self._update_snapshot()

    def __setitem__(self, key: Any, value: Any) -> None:
        self._check_external_modification()
        if isinstance(key, slice):
            self._set_slice(key, value)
        else:
            if isinstance(self._storage[key], Trackable):
                self._non_append_mutation = True
            self._storage[key] = self._track_value(value, str(key))
        self._update_snapshot()

    def _set_slice(self, key: slice, value: Any) -> None:
        before = list(self._storage)
        self._storage[key] = value
        if any(isinstance(element, Trackable) for element in before):
            self._non_append_mutation = True
        for i, element in enumerate(self._storage):
            if element is not None and (i >= len(before) or element != before[i]):
                self._storage[i] = self._track_value(element, str(i))

    def __delitem__(self, key: Any) -> None:
        self._non_append_mutation = True
        del self._storage[key]

    def insert(self, index: Any, value: Any) -> None:
        self._non_append_mutation = True
        self._storage.insert(index, value)

    def sort(self, *, key: Any = None, reverse: bool = False) -> None:
        self._non_append_mutation = True
        self._storage.sort(key=key, reverse=reverse)

    def reverse(self) -> None:
        self._non_append_mutation = True
        self._storage.reverse()

    def clear(self) -> None:
        self._non_append_mutation = True
        self._storage.clear()

    def __imul__(self, y: Any) -> Self:
        if y > 0:
            return super().__imul__(y)
        self._non_append_mutation = True
        self._storage *= y
        return self

    def __eq__(self, other: object) -> bool:
        return self._storage == getattr(other, "_storage", other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __lt__(self, other: Any) -> bool:
        return self._storage < getattr(other, "_storage", other)

    def __le__(self, other: Any) -> bool:
        return self._storage <= getattr(other, "_storage", other)

    def __gt__(self, other: Any) -> bool:
        return self._storage > getattr(other, "_storage", other)

    def __ge__(self, other: Any) -> bool:
        return self._storage >= getattr(other, "_storage", other)

    def __hash__(self) -> int:
        # A TypeError, but defined: the classes beside this one have hashes.
        raise TypeError("unhashable type: 'ListWrapper'")

    def __repr__(self) -> str:
        return f"ListWrapper({self._storage!r})"

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        return {str(i): value for i, value in enumerate(self) if _is_function(value)}


@export("contrib.checkpoint.Mapping")
class Mapping(TrackableDataStructure, AbstractMapping):
    """A dict of trackable objects by strings that only grows. Stands for
    `tf.contrib.checkpoint.Mapping`.

    Made as a dict is. Lists and dicts among the values are kept as trackable ones.

    Raises:
      TypeError: a key is no string.
      ValueError: a value is not trackable.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._storage: dict[str, Any] = {}
        self.update(*args, **kwargs)

    def __copy__(self) -> Self:
        return type(self)(copy.copy(self._storage))

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(copy.deepcopy(self._storage, memo))

    @property
    def _values(self) -> Iterable[Any]:
        return _values_by_key(self)

    def __setitem__(self, key: Any, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"Mapping accepts only string keys, but got a key {key!r}.")
        value = self._track_value(value, name=key)
        current = self._storage.setdefault(key, value)
        if current is not value:
            raise ValueError(
                "Mappings are an append-only data structure. Tried to overwrite the key "
                f"'{key}' with value {value}, but it already contains {current}"
            )

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Adds elements, given as to `dict`."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def __getitem__(self, key: Any) -> Any:
        return self._storage[key]

    def __len__(self) -> int:
        return len(self._storage)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._storage)

    def __repr__(self) -> str:
        return f"Mapping({self._storage!r})"


def _values_by_key(mapping: Any) -> list[Any]:
    return [value for _, value in sorted(mapping.items(), key=lambda item: item[0])]


class _DictWrapper(TrackableDataStructure):
    """A dict that is an attribute of a trackable object: it does what dicts do.

    It stands before the dict it was made of. A checkpoint cannot have it once that was changed
    behind its back, or has a part under a key that is no string.
    """

    def __init__(self, wrapped_dict: Any = None) -> None:
        super().__init__()
        wrapped = {} if wrapped_dict is None else wrapped_dict
        self.__wrapped__ = wrapped if isinstance(wrapped, AbstractMapping) else dict(wrapped)
        self._self_non_string_key = False
        self._self_external_modification = False
        self._self_snapshot: dict[Any, Any] | None = None
        self.__wrapped__.update({k: self._track_value(v, k) for k, v in self.__wrapped__.items()})
        self._update_snapshot()

    # A subclass of dict would have elements of its own, which C code sees in place of these.
    @property
    def __class__(self) -> Any:
        return type(self.__wrapped__) if "__wrapped__" in self.__dict__ else type(self)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # asked for while it is being made, or by copy and pickle
            raise AttributeError(name)
        return getattr(self.__wrapped__, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.__wrapped__,)

    def copy(self) -> Any:
        """A dict of the same elements."""
        return copy.copy(self)

    def __copy__(self) -> Any:
        return self._with_state(_DictWrapper(copy.copy(self.__wrapped__)))

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        return self._with_state(_DictWrapper(copy.deepcopy(self.__wrapped__, memo)))

    def _with_state(self, copied: Any) -> Any:
        copied._self_external_modification = self._self_external_modification
        copied._self_non_string_key = self._self_non_string_key
        return copied

    @property
    def _values(self) -> Iterable[Any]:
        return _values_by_key(self.__wrapped__)

    @property
    def _checkpoint_dependencies(self) -> list[Any]:
        self._check_external_modification()
        whole = (
            f"Unable to save the object {self} (a dictionary wrapper constructed automatically on "
            "attribute assignment). The wrapped dictionary "
        )
        if self._self_non_string_key:
            raise ValueError(
                f"{whole}contains a non-string key which maps to a trackable object or mutable "
                "data structure.\n\n" + _IGNORED.format("dictionary")
            )
        if self._self_external_modification:
            raise ValueError(
                f"{whole}was modified outside the wrapper (its final value was {self}, its value "
                f"when a checkpoint dependency was added was {self._self_snapshot}), which breaks "
                "restoration on object creation.\n\n" + _IGNORED.format("dictionary")
            )
        return super()._checkpoint_dependencies

    @property
    def _dirty(self) -> bool:
        return self._self_external_modification or self._self_non_string_key

    def _check_external_modification(self) -> None:
        if not self._dirty and self.__wrapped__ != self._self_snapshot:
            self._self_external_modification = True
            self._self_snapshot = None

    def _update_snapshot(self) -> None:
        if not self._dirty:
            self._self_snapshot = dict(self.__wrapped__)

    def _track_value(self, value: Any, name: Any) -> Any:
        is_string = isinstance(name, str)
        name = name if is_string else "-non_string_key"
        marked = isinstance(value, NoDependency)
        try:
            value = super()._track_value(value=value, name=name)
        except ValueError:  # no part: an element all the same
            return sticky_attribute_assignment(trackable=self, value=value, name=name)
        if not (is_string or marked):
            self._self_non_string_key = True
        return value

    def __setitem__(self, key: Any, value: Any) -> None:
        self._check_external_modification()
        if isinstance(key, str):
            value = self._track_value(value, key)
        else:
            marked = isinstance(value, NoDependency)
            value = _wrap_or_unwrap(value)
            if not marked and isinstance(value, Trackable):
                self._self_non_string_key = True
        self.__wrapped__[key] = value
        self._update_snapshot()

    def __delitem__(self, key: Any) -> None:
        self._check_external_modification()
        del self.__wrapped__[key]
        self._update_snapshot()

    def update(self, *args: Any, **kwargs: Any) -> None:
        """Sets elements, given as to `dict`."""
        for key, value in dict(*args, **kwargs).items():
            self[key] = value

    def __getitem__(self, key: Any) -> Any:
        return self.__wrapped__[key]

    def __contains__(self, key: Any) -> bool:
        return key in self.__wrapped__

    def __len__(self) -> int:
        return len(self.__wrapped__)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.__wrapped__)

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self.__wrapped__)

    def __or__(self, other: Any) -> Any:
        return self.__wrapped__ | other

    def __ror__(self, other: Any) -> Any:
        return other | self.__wrapped__

    def __ior__(self, other: Any) -> Any:
        self.update(other)
        return self

    def __eq__(self, other: object) -> bool:
        return self.__wrapped__ == other

    def __hash__(self) -> int:
        raise TypeError("unhashable type: 'DictWrapper'")

    def __repr__(self) -> str:
        return f"DictWrapper({self.__wrapped__!r})"

    def __str__(self) -> str:
        return str(self.__wrapped__)

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        return {key: value for key, value in self.items() if _is_function(value)}


def _is_function(value: Any) -> bool:
    return isinstance(value, (def_function.Function, function.ConcreteFunction))


def _set_list_item(elements: Any, index: str, value: Any) -> None:
    number = int(index)
    elements.extend([None] * (1 + number - len(elements)))
    elements[number] = value


register_revived_type(
    "trackable_dict_wrapper",
    lambda obj: type(obj) is _DictWrapper,
    lambda: _DictWrapper({}),
    operator.setitem,
)
register_revived_type(
    "trackable_list_wrapper",
    lambda obj: isinstance(obj, ListWrapper),
    lambda: ListWrapper([]),
    _set_list_item,
)
