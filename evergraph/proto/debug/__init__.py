"""Messages of the debugger's events."""
