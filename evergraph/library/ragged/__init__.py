"""Ragged tensors: tensors whose rows differ in length."""

# Imported for what they do: indexing is written with functions of ragged tensors, and ragged
# tensors make specs of themselves; neither module can be imported by theirs.
from evergraph.library.ragged import ragged_dispatch as ragged_dispatch
from evergraph.library.ragged import ragged_getitem as ragged_getitem
from evergraph.library.ragged import ragged_operators as ragged_operators
from evergraph.library.ragged import ragged_tensor_spec as ragged_tensor_spec
