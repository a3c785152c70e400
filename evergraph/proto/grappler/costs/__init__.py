"""Cost models of single ops."""
