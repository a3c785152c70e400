"""The `evergraph` command."""
