"""Messages of the graph optimizer."""
