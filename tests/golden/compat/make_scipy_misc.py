"""Makes scipy_misc.npz: what SciPy 1.1's scipy.misc gave for small images.

Run with Python 3.7, scipy 1.1.0, numpy 1.16.6 and pillow 6.2.2 (not the interpreter that has
TensorFlow).
"""

import os
import warnings

import numpy as np

warnings.simplefilter("ignore")
from scipy import misc  # noqa: E402

random = np.random.RandomState(0)
images = {
    "bytes": random.randint(0, 256, (12, 9)).astype(np.uint8),
    "ints": random.randint(-40, 300, (7, 10)),
    "floats": random.normal(size=(8, 6)).astype(np.float32),
    "doubles": random.uniform(size=(6, 8, 3)),
    "colours": random.randint(0, 256, (10, 14, 3)).astype(np.uint8),
    "planes": random.uniform(size=(3, 6, 5)),
    "alpha": random.randint(0, 256, (5, 7, 4)).astype(np.uint8),
    "constant": np.full((4, 5), 3.5),
}
results = {}
for name, image in images.items():
    results["image " + name] = image
    results["bytescale " + name] = misc.bytescale(image)
    results["toimage " + name] = np.array(misc.toimage(image))
    for size in (50, 1.7, (5, 8)):
        for interp in ("nearest", "bilinear", "bicubic", "lanczos"):
            key = f"imresize {name} {size!r} {interp}"
            results[key] = misc.imresize(image, size, interp)
    for interp in ("nearest", "bilinear", "cubic"):
        results[f"imrotate {name} 30 {interp}"] = misc.imrotate(image, 30, interp)
results["bytescale range"] = misc.bytescale(images["floats"], -1.0, 2.0, 200, 10)
for mode in ("L", "P", "F", "I", "1"):
    results["toimage mode " + mode] = np.array(misc.toimage(images["floats"], mode=mode))
for mode in ("YCbCr", "RGB"):
    results["toimage mode " + mode] = np.array(misc.toimage(images["colours"], mode=mode))
results["imfilter blur"] = misc.imfilter(images["bytes"], "blur")
results["imfilter edge_enhance_more"] = misc.imfilter(images["colours"], "edge_enhance_more")
results["fromimage flatten"] = misc.fromimage(misc.toimage(images["colours"]), flatten=True)
results["weights 5 2"] = misc.central_diff_weights(5, 2)
results["derivative"] = misc.derivative(np.sin, 0.3, dx=1e-3, n=2, order=5)
np.savez_compressed(os.path.join(os.path.dirname(__file__), "scipy_misc.npz"), **results)
