"""Make the sample of MNIST that comes with evergraph, from the four full files.

    python tools/build_mnist_sample.py FOLDER

Takes every sixth training image and every fifth test image, so that the sample has the order and
the mix of the whole. The same files come out each time.
"""

import gzip
import sys
from pathlib import Path

import numpy as np
from paths import ROOT

TARGET = ROOT / "evergraph/library/datasets/sample"
STRIDES = {"train": 6, "t10k": 5}
HEADERS = {"images-idx3": 16, "labels-idx1": 8}


def thin(data: bytes, header: int, stride: int) -> bytes:
    """The IDX file that has every `stride`-th item of another one."""
    head = np.frombuffer(data[:header], ">u4").copy()
    items = np.frombuffer(data, np.uint8, offset=header).reshape(head[1], -1)[::stride]
    head[1] = len(items)
    return head.tobytes() + items.tobytes()


def main() -> None:
    source = Path(sys.argv[1])
    TARGET.mkdir(exist_ok=True)
    for part, stride in STRIDES.items():
        for kind, header in HEADERS.items():
            name = f"{part}-{kind}-ubyte.gz"
            data = thin(gzip.decompress((source / name).read_bytes()), header, stride)
            (TARGET / name).write_bytes(gzip.compress(data, 9, mtime=0))
            print(name, (TARGET / name).stat().st_size)


if __name__ == "__main__":
    main()
