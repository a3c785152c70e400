"""What datasets are at run time: objects that describe a pipeline, and the iterators over it."""
