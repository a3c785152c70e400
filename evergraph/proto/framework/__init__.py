"""Messages of graphs, nodes, ops, tensors, summaries and step statistics."""
