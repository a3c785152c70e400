"""Staging areas: TensorFlow's private `StagingArea` and `MapStagingArea`."""

from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api import array_ops, control_flow_ops
from evergraph.base.dtypes import DType
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape, unknown_shape
from evergraph.graph.apply import apply_op
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor


class BaseStagingArea:
    """What both kinds share.

    Args:
      dtypes: the types of an element's parts.
      shapes: their shapes, or None.
      names: their names, for dicts; or None.
      shared_name: a name under which runs find the area; default: a new one.
      capacity: how many elements it holds, 0 for any number.
      memory_limit: how many bytes, 0 for any number.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        if shared_name is None:
            self._name = get_default_graph().unique_name(type(self).__name__)
        elif isinstance(shared_name, str):
            self._name = shared_name
        else:
            raise ValueError("shared_name must be a string")
        self._dtypes = dtypes
        for what, given in (("shapes", shapes), ("names", names)):
            if given is not None and len(given) != len(dtypes):
                raise ValueError(f"StagingArea {what} must be the same length as dtypes")
        self._shapes = [unknown_shape() for _ in dtypes]
        if shapes is not None:
            self._shapes = [TensorShape(s) for s in shapes]
        self._names = names
        self._capacity = capacity
        self._memory_limit = memory_limit
        with name_scope(f"{self._name}_root"):
            self._coloc_op = control_flow_ops.no_op()

    @property
    def name(self) -> str:
        """The area's name."""
        return self._name

    @property
    def dtypes(self) -> Sequence[DType]:
        """The types of an element's parts."""
        return self._dtypes

    @property
    def shapes(self) -> list[TensorShape]:
        """The shapes of an element's parts."""
        return self._shapes

    @property
    def names(self) -> Any:
        """The names of an element's parts, or None."""
        return self._names

    @property
    def capacity(self) -> int:
        """How many elements it holds."""
        return self._capacity

    @property
    def memory_limit(self) -> int:
        """How many bytes it holds."""
        return self._memory_limit

    def _apply(self, op_type: str, *args: Any, name: str | None, **attrs: Any) -> Any:
        return apply_op(
            op_type,
            *args,
            name=name,
            shared_name=self._name,
            capacity=self._capacity,
            memory_limit=self._memory_limit,
            **attrs,
        )

    def _check_put_dtypes(self, vals: Any, indices: Any = None) -> tuple[list[Tensor], Any]:
        """The tensors of an element, and the numbers of its parts."""
        if isinstance(vals, dict):
            if not self._names:
                raise ValueError("Staging areas must have names to enqueue a dictionary")
            if not set(vals).issubset(self._names):
                raise ValueError(
                    "Keys in dictionary to put do not match names of staging area. Dictionary: "
                    f"({sorted(vals)}), Queue: ({sorted(self._names)})"
                )
            indices = [i for i, key in enumerate(self._names) if key in vals]
            vals = [vals[self._names[i]] for i in indices]
        elif self._names:
            raise ValueError("You must enqueue a dictionary in a staging area with names")
        elif indices is None:
            raise ValueError("Indices must be supplied when inserting a list of tensors")
        elif len(indices) != len(vals):
            raise ValueError("Number of indices '%s' doesn't match number of values '%s'")
        if len(vals) > len(self._dtypes):
            raise ValueError(f"Unexpected number of inputs '{len(vals)}' vs '{len(self._dtypes)}'")
        tensors = []
        for val, i in zip(vals, indices, strict=True):
            dtype = self._dtypes[i]
            if val.dtype != dtype:
                raise ValueError(f"Datatypes do not match. '{val.dtype}' != '{dtype}'")
            val.get_shape().assert_is_compatible_with(self._shapes[i])
            tensors.append(convert_to_tensor(val, dtype=dtype, name=f"component_{i}"))
        return tensors, indices

    def _create_device_transfers(self, tensors: Any) -> list[Tensor]:
        """The tensors on the present device."""
        tensors = list(tensors) if isinstance(tensors, (tuple, list)) else [tensors]
        here = control_flow_ops.no_op().device
        if here != self._coloc_op.device:
            return [array_ops.identity(t) for t in tensors]
        return tensors

    def _get_return_value(self, tensors: Any, indices: Sequence[int]) -> Any:
        tensors = self._create_device_transfers(tensors)
        for tensor, i in zip(tensors, indices, strict=True):
            tensor.set_shape(self._shapes[i])
        if self._names:
            return {self._names[i]: t for t, i in zip(tensors, indices, strict=True)}
        return tensors

    @staticmethod
    def _scope_vals(vals: Any) -> Any:
        if isinstance(vals, (list, tuple)):
            return vals
        return vals.values() if isinstance(vals, dict) else [vals]


@export("contrib.staging.StagingArea")
class StagingArea(BaseStagingArea):
    """A buffer whose elements come out in the order in which they went in. Stands for
    `tf.contrib.staging.StagingArea`; arguments as `BaseStagingArea`'s."""

    def put(self, values: Any, name: str | None = None) -> Operation:
        """Adds an element; waits for room.

        Args:
          values: a tensor, a list of them, or a dict where the parts have names.
        """
        with name_scope(name, f"{self._name}_put", self._scope_vals(values)) as scope:
            if not isinstance(values, (list, tuple, dict)):
                values = [values]
            tensors, _ = self._check_put_dtypes(values, list(range(len(values))))
            with colocate_with(self._coloc_op):
                return self._apply("Stage", tensors, name=scope)

    def _got(self, get: Callable[[], Any]) -> Any:
        with colocate_with(self._coloc_op):
            found = get()
        return self._get_return_value(found, range(len(self._dtypes)))

    def get(self, name: str | None = None) -> Any:
        """Takes an element; waits for one."""
        name = name or f"{self._name}_get"
        return self._got(lambda: self._apply("Unstage", dtypes=self._dtypes, name=name))

    def peek(self, index: Any, name: str | None = None) -> Any:
        """The element at `index`, which stays."""
        name = name or f"{self._name}_peek"
        return self._got(lambda: self._apply("StagePeek", index, dtypes=self._dtypes, name=name))

    def size(self, name: str | None = None) -> Tensor:
        """How many elements are in."""
        return self._apply("StageSize", dtypes=self._dtypes, name=name or f"{self._name}_size")

    def clear(self, name: str | None = None) -> Operation:
        """Forgets all elements."""
        return self._apply("StageClear", dtypes=self._dtypes, name=name or f"{self._name}_clear")


class MapStagingArea(BaseStagingArea):
    """A buffer of elements with keys, whose parts may come one by one. Stands for
    TensorFlow's private `MapStagingArea`; arguments as `BaseStagingArea`'s, and

    Args:
      ordered: whether the least key comes first where no key is given.
    """

    def __init__(
        self,
        dtypes: Sequence[Any],
        shapes: Any = None,
        names: Any = None,
        shared_name: str | None = None,
        ordered: bool = False,
        capacity: int = 0,
        memory_limit: int = 0,
    ) -> None:
        super().__init__(dtypes, shapes, names, shared_name, capacity, memory_limit)
        self._ordered = ordered
        self._kind = "OrderedMap" if ordered else "Map"

    def put(self, key: Any, vals: Any, indices: Any = None, name: str | None = None) -> Operation:
        """Adds parts of an element; waits for room.

        Args:
          key: an int64 scalar.
          vals: a list of tensors, or a dict where the parts have names.
          indices: the numbers of the parts.
        """
        with name_scope(name, f"{self._name}_put", self._scope_vals(vals)) as scope:
            tensors, indices = self._check_put_dtypes(vals, indices)
            with colocate_with(self._coloc_op):
                op_type = f"{self._kind}Stage"
                return self._apply(op_type, key, indices, tensors, dtypes=self._dtypes, name=scope)

    def _get_indices_and_dtypes(self, indices: Any = None) -> tuple[list[int], list[Any]]:
        if indices is None:
            indices = list(range(len(self._dtypes)))
        if not isinstance(indices, (tuple, list)):
            raise TypeError(f"Invalid indices type '{type(indices)}'")
        if not indices:
            raise ValueError("Empty indices")
        if all(isinstance(i, str) for i in indices):
            if self._names is None:
                raise ValueError(
                    f"String indices provided '{indices}', but this Staging Area was not created "
                    "with names."
                )
            for n in indices:
                if n not in self._names:
                    raise ValueError(f"Named index '{n}' not in Staging Area names '{self._names}'")
            indices = [self._names.index(n) for n in indices]
        elif not all(isinstance(i, int) for i in indices):
            raise TypeError(f"Mixed types in indices '{indices}'. May only be str or int")
        return list(indices), [self._dtypes[i] for i in indices]

    def peek(self, key: Any, indices: Any = None, name: str | None = None) -> Any:
        """Parts of the element with a key, which stays."""
        indices, dtypes = self._get_indices_and_dtypes(indices)
        with colocate_with(self._coloc_op):
            op_type, name = f"{self._kind}Peek", name or f"{self._name}_pop"
            found = self._apply(op_type, key, indices, dtypes=dtypes, name=name)
        return self._get_return_value(found, indices)

    def get(self, key: Any = None, indices: Any = None, name: str | None = None) -> Any:
        """Takes parts of the element with a key, or of any; its key and the parts."""
        indices, dtypes = self._get_indices_and_dtypes(indices)
        if key is None:
            name = name or f"{self._name}_get_nokey"
            with colocate_with(self._coloc_op):
                op_type = f"{self._kind}UnstageNoKey"
                key, found = self._apply(op_type, indices, dtypes=dtypes, name=name)
            key = self._create_device_transfers(key)[0]
            return key, self._get_return_value(found, indices)
        with colocate_with(self._coloc_op):
            op_type, name = f"{self._kind}Unstage", name or f"{self._name}_get"
            found = self._apply(op_type, key, indices, dtypes=dtypes, name=name)
        return key, self._get_return_value(found, indices)

    def size(self, name: str | None = None) -> Tensor:
        """How many whole elements are in."""
        return self._count("Size", name or f"{self._name}_size")

    def incomplete_size(self, name: str | None = None) -> Tensor:
        """How many elements lack parts."""
        return self._count("IncompleteSize", name or f"{self._name}_incomplete_size")

    def _count(self, what: str, name: str) -> Tensor:
        return self._apply(self._kind + what, dtypes=self._dtypes, name=name)

    def clear(self, name: str | None = None) -> Operation:
        """Forgets all elements."""
        name = name or f"{self._name}_clear"
        return self._apply(f"{self._kind}Clear", dtypes=self._dtypes, name=name)
