"""`evergraph show`: what a model's files hold."""

import click

from evergraph.library.tools.inspection import describe


@click.command()
@click.argument("path")
@click.option(
    "-t", "--tensor", "tensors", multiple=True, help="Print the values of a checkpoint's tensor."
)
@click.option("--nodes", is_flag=True, help="List all nodes of a graph, and not their types alone.")
def command(path: str, tensors: tuple[str, ...], nodes: bool) -> None:
    """Print what is at PATH: a checkpoint's variables; a graph's ops, which of them evergraph
    lacks, and which reach outside (files, Python functions, other machines); a SavedModel's
    signatures and assets.

    PATH is the folder of a SavedModel or of checkpoints, a checkpoint with or without .index, a
    .meta file, or a file with a GraphDef, binary or text. Nothing of it is run.
    """
    try:
        lines = describe(path, list(tensors), nodes)
    except OSError as error:
        raise click.ClickException(str(error)) from None
    for line in lines:
        click.echo(line)
