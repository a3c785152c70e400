"""slim.data: files of records as tensors."""
