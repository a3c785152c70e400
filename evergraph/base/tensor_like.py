"""What Tensor, SparseTensor and IndexedSlices have in common, which libraries ask for."""


class _TensorLike:
    """Base of what is symbolic, for `isinstance`; variables are none."""

    __slots__ = ()

    is_tensor_like = True
