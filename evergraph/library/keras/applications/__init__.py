"""Known architectures for images, with weights that were learnt on ImageNet."""
