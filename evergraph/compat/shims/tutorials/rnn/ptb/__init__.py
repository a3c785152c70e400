"""The language model on the Penn Treebank."""
