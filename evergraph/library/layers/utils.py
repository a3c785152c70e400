"""Arguments and sizes, as the layers of tf.layers take them."""

from collections.abc import Callable
from typing import Any

from evergraph.api.cond import cond
from evergraph.api.smart_cond import smart_cond as _smart_cond
from evergraph.api.smart_cond import smart_constant_value
from evergraph.api.variables import Variable
from evergraph.library.keras.utils import conv_utils

convert_data_format = conv_utils.convert_data_format
normalize_tuple = conv_utils.normalize_tuple
normalize_data_format = conv_utils.normalize_data_format
conv_output_length = conv_utils.conv_output_length
conv_input_length = conv_utils.conv_input_length


def normalize_padding(value: str) -> str:
    """The padding in lower case. Raises ValueError if it is neither "valid" nor "same"."""
    padding = value.lower()
    if padding not in ("valid", "same"):
        raise ValueError(
            f'The `padding` argument must be one of "valid", "same". Received: {padding}'
        )
    return padding


def deconv_output_length(
    input_length: int | None, filter_size: int, padding: str, stride: int
) -> Any:
    """The size of a transposed convolution's output along one axis."""
    return conv_utils.deconv_output_length(input_length, filter_size, padding, stride=stride)


def smart_cond(
    pred: Any,
    true_fn: Callable[[], Any] | None = None,
    false_fn: Callable[[], Any] | None = None,
    name: str | None = None,
) -> Any:
    """What one of the functions gives, while building if `pred` is known then."""
    if isinstance(pred, Variable):
        return cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)
    return _smart_cond(pred, true_fn=true_fn, false_fn=false_fn, name=name)


def constant_value(pred: Any) -> Any:
    """The bool that `pred` is known to be while building, or None.

    Raises:
      TypeError: it is no tensor, variable, bool, 0 or 1.
    """
    return None if isinstance(pred, Variable) else smart_constant_value(pred)


def get_reachable_from_inputs(inputs: list[Any], targets: Any = None) -> set[Any]:
    """The tensors that depend on some; the search ends when it has all `targets`."""
    reachable, waiting = set(inputs), list(inputs)
    wanted = set(targets or ())
    while waiting:
        x = waiting.pop()
        for op in x.consumers() if hasattr(x, "consumers") else [x.op]:
            new = [output for output in op.outputs if output not in reachable]
            reachable.update(new)
            waiting[:0] = new
        if wanted and wanted <= reachable:
            break
    return reachable
