"""Ref variables, the kind that TensorFlow 1 makes by default."""

from typing import Any

from evergraph.api import array_ops, initial_values, state_ops
from evergraph.api.variable_base import (
    VariableV1,
    check_constructor_arguments,
    check_outside_control_flow,
    location_attr,
    read_variable_def,
    validate_synchronization_aggregation_trainable,
    write_variable_def,
)
from evergraph.base.platform import logging
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import (
    convert_to_tensor,
    register_dense_tensor_like_type,
    register_tensor_conversion_function,
)
from evergraph.graph.defaults import (
    add_to_collections,
    colocate_with,
    device,
    init_scope,
    name_scope,
)
from evergraph.graph.names import name_from_scope_name
from evergraph.graph.tensor import Tensor

_IN_PLACE_ADVICE = {
    "+": "Variable += will be deprecated. Use variable.assign_add if you want assignment to the "
    "variable value or 'x = x + y' if you want a new python Tensor object.",
    "-": "Variable -= will be deprecated. Use variable.assign_sub if you want assignment to the "
    "variable value or 'x = x - y' if you want a new python Tensor object.",
}


def _advise(symbol: str) -> None:
    logging.log_first_n(
        logging.WARN,
        _IN_PLACE_ADVICE.get(symbol)
        or f"Variable {symbol}= will be deprecated. Use `var.assign(var {symbol} other)` if you "
        f"want assignment to the variable value or `x = x {symbol} y` if you want a new python "
        "Tensor object.",
        1,
    )


class RefVariable(VariableV1):
    """A variable of the first kind: a reference that nodes read and write at any time.

    Arguments as of `tf.Variable`, but `use_resource`.
    """

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        collections: Any = None,
        validate_shape: bool = True,
        caching_device: Any = None,
        name: str | None = None,
        variable_def: Any = None,
        dtype: Any = None,
        expected_shape: Any = None,
        import_scope: str | None = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
    ) -> None:
        if variable_def:
            if initial_value:
                raise ValueError("variable_def and initial_value are mutually exclusive.")
            element = read_variable_def(self, variable_def, import_scope)
            self._variable = element(variable_def.variable_name)
            self._snapshot = element(variable_def.snapshot_name)
            return
        modes = validate_synchronization_aggregation_trainable(
            synchronization, aggregation, trainable, name
        )
        self._synchronization, self._aggregation, self._trainable = modes
        collections = check_constructor_arguments(
            initial_value, collections, constraint, self._trainable
        )
        self._caching_device = caching_device
        self._constraint = constraint
        with init_scope():
            self._build(initial_value, validate_shape, caching_device, name, dtype, shape)
            add_to_collections(collections, self)

    def _build(
        self,
        initial_value: Any,
        validate_shape: bool,
        caching_device: Any,
        name: str | None,
        dtype: Any,
        shape: Any,
    ) -> None:
        by_function = callable(initial_value)
        with name_scope(name, "Variable", [] if by_function else [initial_value]) as scope:
            if by_function:
                with location_attr(name_from_scope_name(scope)):
                    with name_scope("Initializer"), device(None):
                        self._initial_value = convert_to_tensor(
                            initial_value(), name="initial_value", dtype=dtype
                        )
                    self._variable = self._make_node(validate_shape, shape, scope)
            else:
                self._initial_value = convert_to_tensor(
                    initial_value, name="initial_value", dtype=dtype
                )
                check_outside_control_flow(self._initial_value, scope)
                self._variable = self._make_node(validate_shape, shape, scope)
            if validate_shape and not self._initial_value.get_shape().is_fully_defined():
                raise ValueError(
                    f"initial_value must have a shape specified: {self._initial_value}"
                )
            self._initializer_op = state_ops.assign(
                self._variable,
                initial_values.guarded(scope, self._initial_value),
                validate_shape=validate_shape,
            ).op
            where = colocate_with(self._variable.op)
            if caching_device is not None:
                where = device(caching_device)
            with where:
                self._snapshot = array_ops.identity(self._variable, name="read")

    def _make_node(self, validate_shape: bool, shape: Any, name: str) -> Tensor:
        if shape is None:
            shape = self._initial_value.get_shape() if validate_shape else TensorShape(None)
        return state_ops.variable_op_v2(shape, self._initial_value.dtype.base_dtype, name=name)

    @property
    def name(self) -> str:
        return self._variable.name

    @property
    def dtype(self) -> Any:
        return self._variable.dtype

    @property
    def op(self) -> Any:
        return self._variable.op

    @property
    def graph(self) -> Any:
        return self._variable.graph

    @property
    def device(self) -> str:
        return self._variable.device

    @property
    def shape(self) -> TensorShape:
        return self._variable.get_shape()

    def _as_graph_element(self) -> Tensor:
        return self._variable

    def _ref(self) -> Tensor:
        """The reference itself, which assignments take."""
        return self._variable

    def value(self) -> Tensor:
        return self._snapshot

    def read_value(self) -> Tensor:
        return array_ops.identity(self._variable, name="read")

    def set_shape(self, shape: Any) -> None:
        self._variable.set_shape(shape)
        self._snapshot.set_shape(shape)

    def eval(self, session: Any = None) -> Any:
        return self._variable.eval(session=session)

    def assign(
        self,
        value: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        result = state_ops.assign(self._variable, value, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_add(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        result = state_ops.assign_add(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def assign_sub(
        self,
        delta: Any,
        use_locking: bool = False,
        name: str | None = None,
        read_value: bool = True,
    ) -> Any:
        result = state_ops.assign_sub(self._variable, delta, use_locking=use_locking, name=name)
        return result if read_value else result.op

    def _strided_slice_assign(
        self,
        begin: Any,
        end: Any,
        strides: Any,
        value: Any,
        name: str | None,
        begin_mask: int,
        end_mask: int,
        ellipsis_mask: int,
        new_axis_mask: int,
        shrink_axis_mask: int,
    ) -> Tensor:
        return state_ops.strided_slice_assign(
            self._variable,
            begin,
            end,
            strides,
            value,
            name=name,
            begin_mask=begin_mask,
            end_mask=end_mask,
            ellipsis_mask=ellipsis_mask,
            new_axis_mask=new_axis_mask,
            shrink_axis_mask=shrink_axis_mask,
        )

    def to_proto(self, export_scope: str | None = None) -> Any:
        return write_variable_def(self, self._variable, self._snapshot, export_scope)

    @staticmethod
    def _TensorConversionFunction(
        v: Any, dtype: Any = None, name: str | None = None, as_ref: bool = False
    ) -> Tensor:
        if dtype and not dtype.is_compatible_with(v.dtype):
            raise ValueError(
                f"Incompatible type conversion requested to type '{dtype.name}' for variable of "
                "type "
                f"'{v.dtype.name}'"
            )
        return v._ref() if as_ref else v.value()

    def __iadd__(self, other: Any) -> Any:
        _advise("+")
        return self + other

    def __isub__(self, other: Any) -> Any:
        _advise("-")
        return self - other

    def __imul__(self, other: Any) -> Any:
        _advise("*")
        return self * other

    def __itruediv__(self, other: Any) -> Any:
        _advise("/")
        return self / other

    __idiv__ = __irealdiv__ = __itruediv__

    def __ipow__(self, other: Any) -> Any:
        _advise("**")
        return self**other


register_tensor_conversion_function(RefVariable, RefVariable._TensorConversionFunction)
register_dense_tensor_like_type(RefVariable)
