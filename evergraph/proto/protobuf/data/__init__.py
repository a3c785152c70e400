"""Messages of input pipelines."""
