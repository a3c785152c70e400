"""Public functions that build nodes."""
