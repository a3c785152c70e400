from evergraph.proto.framework import attr_value_pb2 as _attr_value_pb2
from evergraph.proto.framework import tensor_pb2 as _tensor_pb2
from evergraph.proto.framework import tensor_shape_pb2 as _tensor_shape_pb2
from evergraph.proto.framework import types_pb2 as _types_pb2
from evergraph.proto.protobuf import device_properties_pb2 as _device_properties_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class SessionInfo(_message.Message):
    __slots__ = ("intra_op_parallelism",)
    INTRA_OP_PARALLELISM_FIELD_NUMBER: _ClassVar[int]
    intra_op_parallelism: int
    def __init__(self, intra_op_parallelism: _Optional[int] = ...) -> None: ...

class OpInfo(_message.Message):
    __slots__ = ("op", "attr", "inputs", "outputs", "device", "session_info")
    class TensorProperties(_message.Message):
        __slots__ = ("dtype", "shape", "value")
        DTYPE_FIELD_NUMBER: _ClassVar[int]
        SHAPE_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        dtype: _types_pb2.DataType
        shape: _tensor_shape_pb2.TensorShapeProto
        value: _tensor_pb2.TensorProto
        def __init__(self, dtype: _Optional[_Union[_types_pb2.DataType, str]] = ..., shape: _Optional[_Union[_tensor_shape_pb2.TensorShapeProto, _Mapping]] = ..., value: _Optional[_Union[_tensor_pb2.TensorProto, _Mapping]] = ...) -> None: ...
    class AttrEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _attr_value_pb2.AttrValue
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_attr_value_pb2.AttrValue, _Mapping]] = ...) -> None: ...
    OP_FIELD_NUMBER: _ClassVar[int]
    ATTR_FIELD_NUMBER: _ClassVar[int]
    INPUTS_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    SESSION_INFO_FIELD_NUMBER: _ClassVar[int]
    op: str
    attr: _containers.MessageMap[str, _attr_value_pb2.AttrValue]
    inputs: _containers.RepeatedCompositeFieldContainer[OpInfo.TensorProperties]
    outputs: _containers.RepeatedCompositeFieldContainer[OpInfo.TensorProperties]
    device: _device_properties_pb2.DeviceProperties
    session_info: SessionInfo
    def __init__(self, op: _Optional[str] = ..., attr: _Optional[_Mapping[str, _attr_value_pb2.AttrValue]] = ..., inputs: _Optional[_Iterable[_Union[OpInfo.TensorProperties, _Mapping]]] = ..., outputs: _Optional[_Iterable[_Union[OpInfo.TensorProperties, _Mapping]]] = ..., device: _Optional[_Union[_device_properties_pb2.DeviceProperties, _Mapping]] = ..., session_info: _Optional[_Union[SessionInfo, _Mapping]] = ...) -> None: ...

class NormalDistribution(_message.Message):
    __slots__ = ("mu", "sigma")
    MU_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    mu: float
    sigma: float
    def __init__(self, mu: _Optional[float] = ..., sigma: _Optional[float] = ...) -> None: ...

class LogNormalDistribution(_message.Message):
    __slots__ = ("mu", "sigma")
    MU_FIELD_NUMBER: _ClassVar[int]
    SIGMA_FIELD_NUMBER: _ClassVar[int]
    mu: float
    sigma: float
    def __init__(self, mu: _Optional[float] = ..., sigma: _Optional[float] = ...) -> None: ...

class OpPerformance(_message.Message):
    __slots__ = ("op", "session_info", "node", "temporary_memory_size", "compute_cost", "compute_time", "memory_time", "compute_efficiency", "memory_efficiency", "execution_time_normal", "execution_time_log_normal", "op_memory")
    class OpMemory(_message.Message):
        __slots__ = ("output_memory", "temp_memory", "persistent_memory", "device_temp_memory", "device_persistent_memory")
        OUTPUT_MEMORY_FIELD_NUMBER: _ClassVar[int]
        TEMP_MEMORY_FIELD_NUMBER: _ClassVar[int]
        PERSISTENT_MEMORY_FIELD_NUMBER: _ClassVar[int]
        DEVICE_TEMP_MEMORY_FIELD_NUMBER: _ClassVar[int]
        DEVICE_PERSISTENT_MEMORY_FIELD_NUMBER: _ClassVar[int]
        output_memory: _containers.RepeatedScalarFieldContainer[int]
        temp_memory: int
        persistent_memory: int
        device_temp_memory: int
        device_persistent_memory: int
        def __init__(self, output_memory: _Optional[_Iterable[int]] = ..., temp_memory: _Optional[int] = ..., persistent_memory: _Optional[int] = ..., device_temp_memory: _Optional[int] = ..., device_persistent_memory: _Optional[int] = ...) -> None: ...
    OP_FIELD_NUMBER: _ClassVar[int]
    SESSION_INFO_FIELD_NUMBER: _ClassVar[int]
    NODE_FIELD_NUMBER: _ClassVar[int]
    TEMPORARY_MEMORY_SIZE_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_COST_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_TIME_FIELD_NUMBER: _ClassVar[int]
    MEMORY_TIME_FIELD_NUMBER: _ClassVar[int]
    COMPUTE_EFFICIENCY_FIELD_NUMBER: _ClassVar[int]
    MEMORY_EFFICIENCY_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_TIME_NORMAL_FIELD_NUMBER: _ClassVar[int]
    EXECUTION_TIME_LOG_NORMAL_FIELD_NUMBER: _ClassVar[int]
    OP_MEMORY_FIELD_NUMBER: _ClassVar[int]
    op: OpInfo
    session_info: SessionInfo
    node: str
    temporary_memory_size: int
    compute_cost: int
    compute_time: int
    memory_time: int
    compute_efficiency: float
    memory_efficiency: float
    execution_time_normal: NormalDistribution
    execution_time_log_normal: LogNormalDistribution
    op_memory: OpPerformance.OpMemory
    def __init__(self, op: _Optional[_Union[OpInfo, _Mapping]] = ..., session_info: _Optional[_Union[SessionInfo, _Mapping]] = ..., node: _Optional[str] = ..., temporary_memory_size: _Optional[int] = ..., compute_cost: _Optional[int] = ..., compute_time: _Optional[int] = ..., memory_time: _Optional[int] = ..., compute_efficiency: _Optional[float] = ..., memory_efficiency: _Optional[float] = ..., execution_time_normal: _Optional[_Union[NormalDistribution, _Mapping]] = ..., execution_time_log_normal: _Optional[_Union[LogNormalDistribution, _Mapping]] = ..., op_memory: _Optional[_Union[OpPerformance.OpMemory, _Mapping]] = ...) -> None: ...

class OpPerformanceList(_message.Message):
    __slots__ = ("op_performance",)
    OP_PERFORMANCE_FIELD_NUMBER: _ClassVar[int]
    op_performance: _containers.RepeatedCompositeFieldContainer[OpPerformance]
    def __init__(self, op_performance: _Optional[_Iterable[_Union[OpPerformance, _Mapping]]] = ...) -> None: ...
