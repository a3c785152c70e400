"""Ragged tensors: tensors whose rows differ in length."""

# Ragged tensors make specs of themselves, but must not import their module.
from evergraph.library.ragged import ragged_tensor_spec as ragged_tensor_spec
