from evergraph.proto.framework import tensor_shape_pb2 as _tensor_shape_pb2
from evergraph.proto.framework import types_pb2 as _types_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CppShapeInferenceResult(_message.Message):
    __slots__ = ("shape", "handle_data")
    class HandleShapeAndType(_message.Message):
        __slots__ = ("shape", "dtype")
        SHAPE_FIELD_NUMBER: _ClassVar[int]
        DTYPE_FIELD_NUMBER: _ClassVar[int]
        shape: _tensor_shape_pb2.TensorShapeProto
        dtype: _types_pb2.DataType
        def __init__(self, shape: _Optional[_Union[_tensor_shape_pb2.TensorShapeProto, _Mapping]] = ..., dtype: _Optional[_Union[_types_pb2.DataType, str]] = ...) -> None: ...
    class HandleData(_message.Message):
        __slots__ = ("is_set", "shape_and_type")
        IS_SET_FIELD_NUMBER: _ClassVar[int]
        SHAPE_AND_TYPE_FIELD_NUMBER: _ClassVar[int]
        is_set: bool
        shape_and_type: _containers.RepeatedCompositeFieldContainer[CppShapeInferenceResult.HandleShapeAndType]
        def __init__(self, is_set: bool = ..., shape_and_type: _Optional[_Iterable[_Union[CppShapeInferenceResult.HandleShapeAndType, _Mapping]]] = ...) -> None: ...
    SHAPE_FIELD_NUMBER: _ClassVar[int]
    HANDLE_DATA_FIELD_NUMBER: _ClassVar[int]
    shape: _tensor_shape_pb2.TensorShapeProto
    handle_data: CppShapeInferenceResult.HandleData
    def __init__(self, shape: _Optional[_Union[_tensor_shape_pb2.TensorShapeProto, _Mapping]] = ..., handle_data: _Optional[_Union[CppShapeInferenceResult.HandleData, _Mapping]] = ...) -> None: ...

class CppShapeInferenceInputsNeeded(_message.Message):
    __slots__ = ("input_tensors_needed", "input_tensors_as_shapes_needed")
    INPUT_TENSORS_NEEDED_FIELD_NUMBER: _ClassVar[int]
    INPUT_TENSORS_AS_SHAPES_NEEDED_FIELD_NUMBER: _ClassVar[int]
    input_tensors_needed: _containers.RepeatedScalarFieldContainer[int]
    input_tensors_as_shapes_needed: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, input_tensors_needed: _Optional[_Iterable[int]] = ..., input_tensors_as_shapes_needed: _Optional[_Iterable[int]] = ...) -> None: ...
