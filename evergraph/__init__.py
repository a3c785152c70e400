"""evergraph keeps TensorFlow 1.x programs running, with PyTorch as the engine."""
