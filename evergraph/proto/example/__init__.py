"""Messages of training examples."""
