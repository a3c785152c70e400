"""The part of the TensorFlow tutorials' repository that other programs import."""
