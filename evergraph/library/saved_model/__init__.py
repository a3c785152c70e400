"""SavedModels: a graph, its variables, assets and signatures in a folder."""
