"""Messages that single kernels keep as their state."""
