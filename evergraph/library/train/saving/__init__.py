"""What a Saver saves and how it comes back."""
