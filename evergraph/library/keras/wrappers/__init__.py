"""Models of Keras as other libraries use them."""
