from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Profile(_message.Message):
    __slots__ = ("by_category", "by_program")
    BY_CATEGORY_FIELD_NUMBER: _ClassVar[int]
    BY_PROGRAM_FIELD_NUMBER: _ClassVar[int]
    by_category: Node
    by_program: Node
    def __init__(self, by_category: _Optional[_Union[Node, _Mapping]] = ..., by_program: _Optional[_Union[Node, _Mapping]] = ...) -> None: ...

class Node(_message.Message):
    __slots__ = ("name", "metrics", "children", "category", "xla", "num_children")
    class InstructionCategory(_message.Message):
        __slots__ = ()
        def __init__(self) -> None: ...
    class XLAInstruction(_message.Message):
        __slots__ = ("op", "expression", "provenance", "category", "layout")
        class LayoutAnalysis(_message.Message):
            __slots__ = ("dimensions",)
            class Dimension(_message.Message):
                __slots__ = ("size", "alignment", "semantics")
                SIZE_FIELD_NUMBER: _ClassVar[int]
                ALIGNMENT_FIELD_NUMBER: _ClassVar[int]
                SEMANTICS_FIELD_NUMBER: _ClassVar[int]
                size: int
                alignment: int
                semantics: str
                def __init__(self, size: _Optional[int] = ..., alignment: _Optional[int] = ..., semantics: _Optional[str] = ...) -> None: ...
            DIMENSIONS_FIELD_NUMBER: _ClassVar[int]
            dimensions: _containers.RepeatedCompositeFieldContainer[Node.XLAInstruction.LayoutAnalysis.Dimension]
            def __init__(self, dimensions: _Optional[_Iterable[_Union[Node.XLAInstruction.LayoutAnalysis.Dimension, _Mapping]]] = ...) -> None: ...
        OP_FIELD_NUMBER: _ClassVar[int]
        EXPRESSION_FIELD_NUMBER: _ClassVar[int]
        PROVENANCE_FIELD_NUMBER: _ClassVar[int]
        CATEGORY_FIELD_NUMBER: _ClassVar[int]
        LAYOUT_FIELD_NUMBER: _ClassVar[int]
        op: str
        expression: str
        provenance: str
        category: str
        layout: Node.XLAInstruction.LayoutAnalysis
        def __init__(self, op: _Optional[str] = ..., expression: _Optional[str] = ..., provenance: _Optional[str] = ..., category: _Optional[str] = ..., layout: _Optional[_Union[Node.XLAInstruction.LayoutAnalysis, _Mapping]] = ...) -> None: ...
    NAME_FIELD_NUMBER: _ClassVar[int]
    METRICS_FIELD_NUMBER: _ClassVar[int]
    CHILDREN_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    XLA_FIELD_NUMBER: _ClassVar[int]
    NUM_CHILDREN_FIELD_NUMBER: _ClassVar[int]
    name: str
    metrics: Metrics
    children: _containers.RepeatedCompositeFieldContainer[Node]
    category: Node.InstructionCategory
    xla: Node.XLAInstruction
    num_children: int
    def __init__(self, name: _Optional[str] = ..., metrics: _Optional[_Union[Metrics, _Mapping]] = ..., children: _Optional[_Iterable[_Union[Node, _Mapping]]] = ..., category: _Optional[_Union[Node.InstructionCategory, _Mapping]] = ..., xla: _Optional[_Union[Node.XLAInstruction, _Mapping]] = ..., num_children: _Optional[int] = ...) -> None: ...

class Metrics(_message.Message):
    __slots__ = ("time", "flops", "memory_bandwidth", "raw_time", "raw_flops", "raw_bytes_accessed")
    TIME_FIELD_NUMBER: _ClassVar[int]
    FLOPS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BANDWIDTH_FIELD_NUMBER: _ClassVar[int]
    RAW_TIME_FIELD_NUMBER: _ClassVar[int]
    RAW_FLOPS_FIELD_NUMBER: _ClassVar[int]
    RAW_BYTES_ACCESSED_FIELD_NUMBER: _ClassVar[int]
    time: float
    flops: float
    memory_bandwidth: float
    raw_time: float
    raw_flops: float
    raw_bytes_accessed: float
    def __init__(self, time: _Optional[float] = ..., flops: _Optional[float] = ..., memory_bandwidth: _Optional[float] = ..., raw_time: _Optional[float] = ..., raw_flops: _Optional[float] = ..., raw_bytes_accessed: _Optional[float] = ...) -> None: ...
