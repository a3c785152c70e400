"""Files from the network, kept in a folder and checked: `tf.keras.utils.get_file`."""

import hashlib
import os
import tarfile
import urllib.error
import zipfile
from collections.abc import Iterator
from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.base.platform.file_io import atomic_write_string_to_file
from evergraph.library.datasets.fetch import fetch


def _algorithm(name: str, file_hash: str) -> str:
    known = name == "sha256" or (name == "auto" and len(file_hash) == 64)
    return "sha256" if known else "md5"


def validate_file(
    fpath: str, file_hash: str, algorithm: str = "auto", chunk_size: int = 65535
) -> bool:
    """Whether a file has this hash: "sha256", "md5", or with "auto" the one of such a length."""
    hasher = hashlib.new(_algorithm(algorithm, file_hash))
    with open(fpath, "rb") as file:
        while piece := file.read(chunk_size):
            hasher.update(piece)
    return hasher.hexdigest() == str(file_hash)


def _extract(path: str, folder: str, archive_format: Any) -> None:
    """Takes an archive of one of the formats apart; of another, nothing is done."""
    formats = ["tar", "zip"] if archive_format == "auto" else archive_format or []
    formats = [formats] if isinstance(formats, str) else formats
    if "tar" in formats and tarfile.is_tarfile(path):
        with tarfile.open(path) as archive:
            archive.extractall(folder, filter="data")
    elif "zip" in formats and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as zipped:
            zipped.extractall(folder)


@export("keras.utils.get_file")
def get_file(
    fname: str,
    origin: str,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: str | None = None,
) -> str:
    """The path of a file that is downloaded if it is not there. Stands for
    `tf.keras.utils.get_file`.

    It is written under its name once it is there whole and has the hash.

    Args:
      fname: its name in the folder, or an absolute path.
      origin: its URL.
      untar: take `fname`.tar.gz apart and give the path without the ending.
      md5_hash: the same as `file_hash` with "md5".
      file_hash: of the file. One that is there but has another is downloaded again; where that
        fails, it is used as it is, with a warning.
      cache_subdir, cache_dir: the folder, ~/.keras/datasets by default.
      hash_algorithm: "sha256", "md5", or "auto" by the hash's length.
      extract: take the file apart if it is an archive.
      archive_format: "tar", "zip", a list of them, None, or "auto" for both.

    Raises:
      Exception: there is no such file at the URL.
      OSError: what came is not whole, or has another hash.
    """
    if md5_hash is not None and file_hash is None:
        file_hash, hash_algorithm = md5_hash, "md5"
    base = os.path.expanduser(cache_dir or os.path.join("~", ".keras"))
    os.makedirs(base, exist_ok=True)
    folder = os.path.join(base, cache_subdir)
    os.makedirs(folder, exist_ok=True)
    wanted = os.path.join(folder, fname)
    path = wanted + ".tar.gz" if untar else wanted
    if not os.path.exists(path):
        print("Downloading data from", origin)
        _download(origin, path, file_hash, hash_algorithm)
    elif file_hash is not None and not validate_file(path, file_hash, hash_algorithm):
        _replace(origin, path, file_hash, hash_algorithm)
    if untar:
        if not os.path.exists(wanted):
            _extract(path, folder, "tar")
        return wanted
    if extract:
        _extract(path, folder, archive_format)
    return path


def _replace(origin: str, path: str, file_hash: str, algorithm: str) -> None:
    """Downloads a file anew that is not the one expected; it stays where that cannot be had."""
    logging.warning(
        "A local file was found, but it seems to be incomplete or outdated because the %s file "
        "hash does not match the original value of %s so we will re-download the data.",
        algorithm,
        file_hash,
    )
    try:
        _download(origin, path, file_hash, algorithm)
    except Exception as error:
        logging.warning("%s. The local file %s is used.", error, path)


def _download(origin: str, path: str, file_hash: str | None, algorithm: str) -> None:
    try:
        data = fetch(origin)
    except urllib.error.HTTPError as error:
        raise Exception(f"URL fetch failure on {origin}: {error.code} -- {error.msg}") from error
    except urllib.error.URLError as error:
        raise Exception(
            f"URL fetch failure on {origin}: {error.errno} -- {error.reason}"
        ) from error
    if file_hash is not None:
        found = hashlib.new(_algorithm(algorithm, file_hash), data).hexdigest()
        if found != file_hash:
            raise OSError(f"{origin} gave a file of hash {found}, expected {file_hash}")
    atomic_write_string_to_file(path, data)


@export("keras.utils.Sequence")
class Sequence:
    """Batches by their number; a derived class defines `__getitem__` and `__len__`.

    Stands for `tf.keras.utils.Sequence`.
    """

    def __getitem__(self, index: int) -> Any:
        """The batch of a number."""
        raise NotImplementedError

    def __len__(self) -> int:
        """The number of batches."""
        raise NotImplementedError

    def on_epoch_end(self) -> None:
        """Called after each epoch. A derived class may override it."""

    def __iter__(self) -> Iterator[Any]:
        for index in range(len(self)):
            yield self[index]
