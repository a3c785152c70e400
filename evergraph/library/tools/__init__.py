"""Command-line tools for checkpoints and graphs, also as functions."""
