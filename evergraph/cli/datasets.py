"""`evergraph datasets`: data for the tutorials' programs."""

import os

import click

from evergraph.library.datasets import mnist_files
from evergraph.library.datasets.base import save_download


@click.group()
def command() -> None:
    """Get the data that TensorFlow's tutorials read."""


@command.command()
@click.argument("folder")
@click.option("--sample", is_flag=True, help="Write the sample, without trying to download.")
def mnist(folder: str, sample: bool) -> None:
    """Put the four files of MNIST into FOLDER.

    Files that are there stay. The others are downloaded; where no mirror answers, a sample of
    12,000 real digits that comes with evergraph is written instead.
    """
    missing = mnist_files.missing(folder)
    if not missing:
        click.echo(f"{folder} has all four files of MNIST.")
        return
    if not sample:
        try:
            for name in missing:
                save_download(os.path.join(folder, name), mnist_files.download(name))
            return
        except mnist_files.DownloadError as error:
            click.echo(f"No mirror of MNIST answers: {error}")
            missing = mnist_files.missing(folder)
    if len(missing) < len(mnist_files.NAMES):
        raise click.ClickException(
            f"{folder} has some files of MNIST but lacks {', '.join(missing)}, and a sample's "
            "files do not fit to others: give an empty folder."
        )
    mnist_files.write_sample(folder)
    click.echo(f"Wrote a sample to {folder}: {mnist_files.SAMPLE}.")
