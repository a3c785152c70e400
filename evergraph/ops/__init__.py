"""One file per op family: signature, shape rule, kernel and gradient together."""
