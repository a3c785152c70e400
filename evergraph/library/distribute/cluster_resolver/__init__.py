"""Who tells the addresses of a cluster's tasks: `tf.distribute.cluster_resolver`."""
