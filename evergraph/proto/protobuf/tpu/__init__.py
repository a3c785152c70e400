"""Messages of TPUs."""
