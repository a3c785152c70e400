"""Inception-v3 forward, 16 images."""

import inception_v3

inception_v3.run(16)
