"""How several heads share logits and exports."""

from typing import Any

from evergraph.api import array_ops
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import name_scope
from evergraph.graph.tensor import Tensor
from evergraph.library.saved_model.export_output import PredictOutput
from evergraph.library.saved_model.signature_constants import DEFAULT_SERVING_SIGNATURE_DEF_KEY

_PREDICT = "predict"


def split_logits(heads: Any, logits: Any) -> dict[str, Tensor]:
    """Logits by head. Raises ValueError: their number is not the sum of the heads'."""
    with name_scope(None, "split_logits", values=[logits]):
        logits = convert_to_tensor(logits)
        sizes = [head.logits_dimension for head in heads]
        shape = logits.shape.as_list()
        if shape[-1] is not None and shape[-1] != sum(sizes):
            # TensorFlow's words name the two sizes the wrong way round.
            raise ValueError(
                f"Could not split logits of shape {shape!r} among the heads with individual "
                f"logits dimensions: {sizes!r}. The last dimension of the logits tensor should "
                f"equal {shape[-1]} but is {sum(sizes)}."
            )
        batch_shape = array_ops.shape(logits)[:-1]
        zeros = array_ops.zeros_like(batch_shape)
        minus_ones = -1 * array_ops.ones_like(batch_shape)
        found, start = {}, 0
        for head, size in zip(heads, sizes, strict=True):
            begin = array_ops.concat([zeros, [start]], axis=0)
            extent = array_ops.concat([minus_ones, [size]], axis=0)
            found[head.name] = array_ops.slice(logits, begin=begin, size=extent)
            start += size
        return found


def _default_output(outputs: dict[str, Any], name: str, module: str) -> Any:
    if len(outputs) == 1:
        return next(iter(outputs.values()))
    if DEFAULT_SERVING_SIGNATURE_DEF_KEY in outputs:
        return outputs[DEFAULT_SERVING_SIGNATURE_DEF_KEY]
    raise ValueError(
        f"{name} did not specify default export_outputs. Given: {outputs} Suggested fix: Use one "
        f"of the heads in {module}, or include key "
        f"{DEFAULT_SERVING_SIGNATURE_DEF_KEY} in export_outputs."
    )


def merged_outputs(specs: dict[str, Any], module: str) -> dict[str, Any]:
    """The export outputs of all heads, with names of heads before them.

    Raises:
      ValueError: the first head has none by default; `module` is where better ones are.
    """
    first, spec = next(iter(specs.items()))
    outputs = {
        DEFAULT_SERVING_SIGNATURE_DEF_KEY: _default_output(spec.export_outputs, first, module)
    }
    merged = {}
    for name, spec in specs.items():
        for key, output in spec.export_outputs.items():
            default = key == DEFAULT_SERVING_SIGNATURE_DEF_KEY
            outputs[name if default else f"{name}/{key}"] = output
            if key == _PREDICT and isinstance(output, PredictOutput):
                merged.update((f"{name}/{n}", value) for n, value in output.outputs.items())
    outputs[_PREDICT] = PredictOutput(merged)
    return outputs
