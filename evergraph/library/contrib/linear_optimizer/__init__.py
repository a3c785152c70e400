"""Linear models of earlier feature columns by stochastic dual coordinate ascent."""
