"""Tensors kept in the session between runs: GetSessionHandle, GetSessionTensor,
DeleteSessionTensor."""

from typing import Any

import numpy as np

from evergraph.base.compat import as_str
from evergraph.graph.operation import Operation
from evergraph.graph.registry import op
from evergraph.kernels.session_store import store_of

get_session_handle_op = op("GetSessionHandle(value: T) -> handle: string", "T: type", stateful=True)
get_session_handle_v2_op = op(
    "GetSessionHandleV2(value: T) -> handle: resource", "T: type", stateful=True
)
get_session_tensor_op = op(
    "GetSessionTensor(handle: string) -> value: dtype", "dtype: type", stateful=True
)
delete_session_tensor_op = op("DeleteSessionTensor(handle: string)", stateful=True)

get_session_handle_op.shape(lambda node: ())
get_session_handle_v2_op.shape(lambda node: ())
get_session_tensor_op.shape(lambda node: None)


@get_session_handle_op.numpy
def keep_kernel(value: Any, *, node: Operation, session: Any) -> np.ndarray:
    return np.array(store_of(session).keep(node.name, value).encode(), dtype=object)


@get_session_handle_v2_op.numpy
def keep_resource_kernel(value: Any, *, node: Operation, session: Any) -> str:
    return store_of(session).keep(node.name, value)


@get_session_tensor_op.numpy
def get_kernel(handle: Any, *, session: Any) -> Any:
    value = store_of(session).get(as_str(np.asarray(handle)[()])).copy()
    return value if value.ndim or value.dtype == object else value[()]


@delete_session_tensor_op.numpy
def delete_kernel(handle: Any, *, session: Any) -> None:
    store_of(session).delete(as_str(np.asarray(handle)[()]))
