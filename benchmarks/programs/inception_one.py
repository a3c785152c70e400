"""Inception-v3 forward, one image."""

import inception_v3

inception_v3.run(1)
