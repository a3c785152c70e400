"""Python statements on tensors, made conditions and loops of graphs: `tf.autograph`."""
