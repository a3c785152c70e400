"""What a graph is: nodes, tensors, scopes, op signatures. NumPy only."""
