"""`evergraph run`: a TensorFlow 1.x program, unmodified."""

import click

from evergraph.cli.program import Program


@click.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
    options_metavar="[--no-shims]",
)
@click.option("-m", "as_module", is_flag=True, help="PROGRAM is the name of a module.")
@click.option(
    "--shims/--no-shims",
    default=True,
    help="Supply what newer Pythons and libraries have removed (np.float, scipy.misc.imread, "
    "time.clock, ...). Default: on.",
)
@click.argument("program")
@click.argument("args", nargs=-1, type=click.UNPROCESSED)
def command(as_module: bool, shims: bool, program: str, args: tuple[str, ...]) -> Program:
    """Run PROGRAM with ARGS, as `python PROGRAM ARGS` would.

    PROGRAM is a file, a folder that has a __main__.py, or - for the standard input. In it,
    `import tensorflow` gives evergraph.
    """
    return Program(program, list(args), as_module=as_module, shims=shims)
