"""Status codes."""
