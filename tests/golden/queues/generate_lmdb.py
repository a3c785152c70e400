"""Writes lmdb.zip: databases as the library LMDB writes them. Run with a Python that has `lmdb`.

`lmdb_programs.py` says what TensorFlow reads in them.
"""

import os
import tempfile
import zipfile

import lmdb

HERE = os.path.dirname(os.path.abspath(__file__))


def fill(path, count, subdir, long=0, delete=0):
    """`count` entries, some with long values; every second of the first ones is deleted."""
    env = lmdb.open(path, map_size=1 << 20, subdir=subdir, lock=False)
    with env.begin(write=True) as txn:
        for i in range(count):
            value = b"%d-" % i * (i % 7 + 1)
            if long and i % 10 == 3:
                value = value + b"x" * long
            txn.put(b"k%04d" % (i * 37 % count), value)
    for start in range(0, delete, 2):
        with env.begin(write=True) as txn:
            txn.delete(b"k%04d" % start)
    env.close()


def main():
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        fill("few", 5, False)
        fill("none", 0, False)
        fill("folder", 12, True)
        fill("many", 900, False)
        fill("long", 40, False, long=9000)
        fill("changed", 60, False, delete=20)
        with zipfile.ZipFile(
            os.path.join(HERE, "lmdb.zip"), "w", zipfile.ZIP_LZMA, compresslevel=9
        ) as archive:
            for parent, _, names in sorted(os.walk(".")):
                for name in sorted(names):
                    path = os.path.relpath(os.path.join(parent, name))
                    # The file is as long as the map; its pages end before.
                    with open(path, "rb") as f:
                        info = zipfile.ZipInfo(path)
                        info.compress_type = zipfile.ZIP_LZMA
                        archive.writestr(info, f.read())


if __name__ == "__main__":
    main()
