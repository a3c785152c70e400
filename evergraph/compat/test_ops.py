"""The op types that TensorFlow registers for its own unit tests.

Programs that import `tensorflow.python.framework.test_ops` build graphs of them; most can only be
built, as in TensorFlow. They are registered when this module is imported, not before.
"""

from typing import Any

import numpy as np

from evergraph.base import errors
from evergraph.base.version import GRAPH_DEF_VERSION
from evergraph.engine.state import SessionState
from evergraph.graph.operation import Operation
from evergraph.graph.registry import ShapeError, op
from evergraph.ops import shape_rules

op("A() -> out: float32")
op("Attr()", "a: int")
op("AttrBool()", "a: bool")
op("AttrBoolList()", "a: list(bool)")
op("AttrDefault()", "a: string = 'banana'")
op("AttrEmptyListDefault()", "a: list(float) = []")
op("AttrEnum()", "a: string in {'apples', 'oranges'}")
op("AttrEnumList()", "a: list(string) in {'apples', 'oranges'}")
op("AttrFloat()", "a: float")
op("AttrListDefault()", "a: list(int) = [5, 15]")
op("AttrListMin()", "a: list(int) >= 2")
op(
    "AttrListTypeDefault(a: N * T, b: N * T)",
    "T: type = int32; N: int >= 1",
)
op("AttrMin()", "a: int >= 5")
op("AttrPartialShape()", "a: shape")
op("AttrPartialShapeList()", "a: list(shape)")
op("AttrShape()", "a: shape")
op("AttrShapeList()", "a: list(shape)")
op("AttrTypeDefault(a: T)", "T: type = int32")
op("B() -> out: float32")
op("Binary(a: T, b: T) -> out: T", "T: type")
op(
    "ComplexStruct() -> a: n_a * int32, b: n_b * int64, c: list(t_c)",
    "n_a: int >= 0; n_b: int >= 0; t_c: list(type) >= 0",
)
op("ConstructionFails()")
copy_op_op = op("CopyOp(a: T) -> b: T", "T: type")
op(
    "DefaultAttrs()",
    "string_val: string = 'abc'; string_list_val: list(string) = ['abc', '']; "
    "int_val: int = 123; int_list_val: list(int) = [1, 2, 3]; float_val: float = 10.0; "
    "float_list_val: list(float) = [10.0]; bool_val: bool = true; "
    "bool_list_val: list(bool) = [true, false]; type_val: type = int32; "
    "type_list_val: list(type) = [int32, float32]; shape_val: shape = [2, 1]; "
    "shape_list_val: list(shape) = [[], [1]]; "
    "tensor_val: tensor = {dtype: DT_INT32 tensor_shape { } int_val: 1}; "
    "tensor_list_val: list(tensor) = [{dtype: DT_INT32 tensor_shape { } int_val: 1}]",
)
_placement = op("DevicePlacementOp() -> device: string", stateful=True)
op(
    "FiveFloatOutputs() -> a: float32, b: float32, c: float32, d: float32, e: float32",
)
op("FloatInput(a: float32)")
op("FloatOutput() -> a: float32")
op("FloatOutputStringOutput() -> a: float32, b: string")
op("Foo1(a: float32, b: int32, c: int32) -> d: float32, e: int32")
op("Foo2(a: float32, b: string, c: string) -> d: float32, e: int32")
op("Foo3(a: float32, b: string, c: float32) -> d: float32, e: int32")
op("FuncAttr()", "f: func")
op("FuncListAttr()", "f: list(func)")
graph_def_version_op = op("GraphDefVersion() -> version: int32", stateful=True)
op(
    "InPolymorphicTwice(a: N * T, b: M * T)",
    "T: type; N: int >= 0; M: int >= 0",
)
op("Int64Output() -> out: int64")
int_attr_op = op("IntAttr() -> out: int64", "foo: int = 1")
op("IntInput(a: int32)")
op("IntInputFloatInput(a: int32, b: float32)")
op("IntInputIntOutput(a: int32) -> b: int32")
op("IntOutput() -> a: int32")
op("IntOutputFloatOutput() -> a: int32, b: float32")
kernel_label_op = op("KernelLabel() -> result: string")
_label_required = op("KernelLabelRequired(input: int32) -> result: string")
op("ListInput(a: N * T)", "N: int >= 1; T: type")
op("ListOutput() -> a: list(T)", "T: list(type) >= 1")
op("MixedStruct() -> a: n_a * int32, b: float32", "n_a: int >= 0")
op("NInPolymorphicTwice(a: N * T, b: N * T)", "T: type; N: int >= 0")
op("NInTwice(a: N * int32, b: N * string)", "N: int >= 0")
op(
    "NInTwoTypeVariables(a: N * S, b: N * T)",
    "S: type; T: type; N: int >= 0",
)
op("NIntsIn(a: N * int32)", "N: int >= 2")
op("NIntsOut() -> a: N * int32", "N: int >= 2")
op("NIntsOutDefault() -> a: N * int32", "N: int >= 2 = 3")
op("NPolymorphicIn(a: N * T)", "T: type; N: int >= 2")
op("NPolymorphicOut() -> a: N * T", "T: type; N: int >= 2")
op(
    "NPolymorphicOutDefault() -> a: N * T",
    "T: type = bool; N: int >= 2 = 2",
)
op(
    "NPolymorphicRestrictIn(a: N * T)",
    "T: string | bool; N: int >= 2",
)
op(
    "NPolymorphicRestrictOut() -> a: N * T",
    "T: string | bool; N: int >= 2",
)
op("None()")
old_op = op("Old()", deprecated=(8, "For reasons"))
op("OpWithDefaultAttr() -> a: int32", "default_float: float = 123.0")
op("OpWithFutureDefaultAttr()")
op("OutT() -> a: T", "T: type")
op("OutTypeList() -> out: list(T)", "T: list(type) >= 0")
op(
    "OutTypeListRestrict() -> out: list(t)",
    "t: list(string | bool) >= 1",
)
op("Polymorphic(a: T) -> out: T", "T: type")
op("PolymorphicDefaultOut() -> out: T", "T: type = string")
op("PolymorphicOut() -> out: T", "T: type")
op("RefIn(a: Ref(T))", "T: type")
op("RefInputFloatInput(a: Ref(float32), b: float32)")
op(
    "RefInputFloatInputIntOutput(a: Ref(float32), b: float32) -> c: int32",
)
op("RefInputIntInput(a: Ref(int32), b: int32)")
op("RefOut() -> a: Ref(T)", "T: type")
op("RefOutput() -> a: Ref(int32)")
op("RefOutputFloatOutput() -> a: Ref(float32), b: float32")
_older_version = op("RequiresOlderGraphVersion() -> version: int32", stateful=True)
op("ReservedAttr()", "range: int")
op("ReservedInput(input: int32)")
_create = op("ResourceCreateOp(resource: resource)", stateful=True)
_initialized = op(
    "ResourceInitializedOp(resource: resource) -> initialized: bool",
    stateful=True,
)
_using = op("ResourceUsingOp(resource: resource)", stateful=True)
op("Restrict(a: T) -> out: T", "T: string | bool")
op("Simple(a: int32) -> out: float32")
op("SimpleStruct() -> a: n_a * int32", "n_a: int >= 0")
op("StringListAttr()", "a: list(string); b: string")
_stub_handle = op(
    "StubResourceHandleOp() -> resource: resource",
    "container: string = ''; shared_name: string = ''",
    stateful=True,
)
op("TestAttr() -> out: T", "T: float32 | float64")
op("TestStringOutput(input: float32) -> output1: float32, output2: string")
op("TwoFloatInputs(a: float32, b: float32)")
op(
    "TwoFloatInputsFloatOutput(a: float32, b: float32) -> c: float32",
)
op("TwoFloatInputsIntOutput(a: float32, b: float32) -> c: int32")
op("TwoFloatOutputs() -> a: float32, b: float32")
op("TwoIntInputs(a: int32, b: int32)")
op("TwoIntOutputs() -> a: int32, b: int32")
op("TwoRefsIn(a: Ref(T), b: Ref(T))", "T: type")
op("TypeList(a: list(T))", "T: list(type) >= 0")
op("TypeListRestrict(a: list(T))", "T: list(string | bool) >= 1")
op("TypeListTwice(a: list(T), b: list(T))", "T: list(type) >= 0")
op("Unary(a: T) -> b: T", "T: type")


@copy_op_op.numpy
def copy(a: np.ndarray) -> np.ndarray:
    return np.array(a)


@graph_def_version_op.numpy
def graph_def_version_kernel(*, node: Operation) -> np.int32:
    return np.int32(node.graph.graph_def_versions.producer)


@old_op.numpy
def nothing() -> None:
    return None


@int_attr_op.numpy
def attr_value(*, foo: int) -> np.int64:
    return np.int64(foo)


@kernel_label_op.numpy
def kernel_label_kernel(*, node: Operation) -> bytes:
    """Which of several kernels ran: the one that the node's label chooses."""
    try:
        label = node.get_attr("_kernel").decode()
    except ValueError:
        label = ""
    return f"My label is: {label or 'default'}".encode()


@graph_def_version_op.shape
@kernel_label_op.shape
@_placement.shape
@_stub_handle.shape
def scalar_shape(node: Operation) -> Any:
    return ()


@_older_version.shape
def older_version_shape(node: Operation) -> Any:
    if node.graph.graph_def_versions.producer != GRAPH_DEF_VERSION - 1:
        raise ShapeError("Wrong graph version for shape")
    return ()


@_label_required.shape
def required_scalar_shape(node: Operation) -> Any:
    shape_rules.with_rank(node.inputs[0].dims, 1)
    return ()


# --------------------------------------------------------------------------- resources
class StubResource:
    """A resource that can be made, and does nothing."""

    def __init__(self, container: str, name: str) -> None:
        self.container, self.name = container, name
        self.made = False


@_initialized.shape
def initialized_shape(node: Operation) -> Any:
    return ()


@_stub_handle.kernel
def stub_resource(*, node: Operation, session: SessionState) -> StubResource:
    container, name = node.attr("container") or "localhost", node.attr("shared_name") or node.name
    return session.slot(("stub", container, name), lambda: StubResource(container, name))


@_create.kernel
def create_stub(resource: StubResource) -> None:
    if resource.made:
        where = f"{resource.container}/{resource.name}"
        text = f"Resource {where}/N10tensorflow12StubResourceE"
        raise errors.AlreadyExistsError(None, None, text)
    resource.made = True


@_initialized.numpy
def stub_is_made(resource: StubResource) -> np.bool_:
    return np.bool_(resource.made)


@_using.kernel
def use_stub(resource: StubResource) -> None:
    if not resource.made:
        where = f"{resource.container}/{resource.name}"
        text = f"Container {resource.container} does not exist. (Could not find resource: {where})"
        raise errors.NotFoundError(None, None, text)
