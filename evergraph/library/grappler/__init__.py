"""What TensorFlow's Grappler does to graphs, where a program asks for it."""
