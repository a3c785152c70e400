"""Downloads, with a progress bar, that give up soon where there is no network."""

import sys
import urllib.request

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

TIMEOUT = 5.0  # seconds to connect, and between two pieces of data
PIECE = 1 << 16


def fetch(url: str) -> bytes:
    """The data at a URL; a bar on the standard error shows how far it is.

    Raises:
      OSError: If there is no answer within `TIMEOUT`, or not all of the data.
    """
    request = urllib.request.Request(url, headers={"User-Agent": "evergraph"})
    with urllib.request.urlopen(request, timeout=TIMEOUT) as answer:
        size = int(answer.headers.get("Content-Length") or 0) or None
        data = bytearray()
        with progress_bar() as bar:
            task = bar.add_task(url.rpartition("/")[2], total=size)
            while piece := answer.read(PIECE):
                data += piece
                bar.update(task, completed=len(data))
    if size is not None and len(data) != size:
        raise OSError(f"{url} gave {len(data)} of {size} bytes")
    return bytes(data)


def progress_bar() -> Progress:
    """A bar with name, sizes and speed, which vanishes when done; none without a terminal."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
