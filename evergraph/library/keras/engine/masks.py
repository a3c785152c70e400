"""Masks, which say what parts of a layer's input count; outputs carry them to the next layers."""

from typing import Any

from evergraph.base import nest


def masks_of(tensors: Any) -> Any:
    """The masks that a structure of tensors carries, None where there is none at all."""
    masks = nest.map_structure(lambda x: getattr(x, "_keras_mask", None), tensors)
    return masks if any(mask is not None for mask in nest.flatten(masks)) else None


def carry_masks(layer: Any, inputs: Any, outputs: Any, mask: Any) -> None:
    """Gives the outputs of a call the masks that the layer says."""
    leaves = nest.flatten(outputs)
    jointly = getattr(layer, "_compute_output_and_mask_jointly", False)
    if jointly or all(getattr(x, "_keras_mask", None) is not None for x in leaves):
        return  # the call has done it
    default = getattr(layer.compute_mask, "is_default", False)
    found = None
    if layer.supports_masking or not default:
        found = layer.compute_mask(inputs, mask)
    masks = [None] * len(leaves) if found is None else nest.flatten(found)
    for output, own in zip(leaves, masks, strict=False):
        if own is not None or hasattr(output, "_keras_mask"):
            output._keras_mask = own
