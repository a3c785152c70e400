"""Models of Keras that are ready-made."""
