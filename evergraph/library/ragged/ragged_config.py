"""Settings of ragged tensors."""


def auto_cast_partition_dtype() -> bool:
    """Whether row splits of int32 and int64 are mixed by casting: they are not, it is an error."""
    return False
