"""The four files of MNIST: where they come from, how they are checked, and a sample of them."""

import gzip
import hashlib
import os
import zlib
from collections.abc import Sequence
from importlib import resources

from evergraph.base.platform import gfile
from evergraph.library.datasets.base import save_download
from evergraph.library.datasets.fetch import fetch

MIRRORS = (
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
)

# SHA-256 of what is inside the gzipped files; mirrors may have compressed it differently.
CHECKSUMS = {
    "train-images-idx3-ubyte.gz": (
        "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
    ),
    "train-labels-idx1-ubyte.gz": (
        "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
    ),
}
NAMES = tuple(CHECKSUMS)
SAMPLE = "12,000 of MNIST's digits: 10,000 to train on and 2,000 to test with"


class DownloadError(OSError):
    """No mirror gave a file; the message tells what each answered."""


def missing(folder: str) -> list[str]:
    """The names of the files that a folder lacks."""
    return [name for name in NAMES if not gfile.Exists(os.path.join(folder, name))]


def download(name: str, mirrors: Sequence[str] | None = None) -> bytes:
    """The file of this name from the first of the mirrors, by default `MIRRORS`, that has it.

    What comes from `MIRRORS` must have the right checksum.

    Raises:
      DownloadError: If none has it.
    """
    answers = []
    for mirror in mirrors or MIRRORS:
        try:
            data = fetch(mirror + name)
        except OSError as error:
            answers.append(f"{mirror}: {getattr(error, 'reason', error)}")
        else:
            if mirror not in MIRRORS or is_right(name, data):
                return data
            answers.append(f"{mirror}: the data has a wrong checksum")
    raise DownloadError("; ".join(answers))


def is_right(name: str, data: bytes) -> bool:
    """Whether these are the bytes of the file of this name, however compressed."""
    try:
        inside = gzip.decompress(data)
    except (OSError, EOFError, zlib.error):
        return False
    return hashlib.sha256(inside).hexdigest() == CHECKSUMS[name]


def download_if_missing(name: str, folder: str, mirrors: Sequence[str] | None = None) -> None:
    """Put the file of this name into a folder, unless it is there.

    Raises:
      FileNotFoundError: If it is not there and no mirror has it.
    """
    path = os.path.join(folder, name)
    if gfile.Exists(path):
        return
    try:
        data = download(name, mirrors)
    except DownloadError as error:
        raise FileNotFoundError(
            f"{folder!r} lacks {', '.join(missing(folder))}, and they could not be downloaded "
            f"({error}). Put the files there, or let this command write them (where there is no "
            f"network, it writes {SAMPLE}):\n  evergraph datasets mnist {folder}"
        ) from None
    save_download(path, data)


def write_sample(folder: str) -> None:
    """Write the four files of the sample into a folder, which is made if needed."""
    gfile.MakeDirs(folder)
    for name in NAMES:
        data = resources.files("evergraph.library.datasets").joinpath("sample", name).read_bytes()
        with gfile.Open(os.path.join(folder, name), "wb") as file:
            file.write(data)
