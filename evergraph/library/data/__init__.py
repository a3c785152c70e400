"""`tf.data`: input pipelines as datasets, and iterators over them."""

# Datasets make one another by name: all of them must be there.
from evergraph.library.data import dataset_ops as dataset_ops
from evergraph.library.data import readers as readers
