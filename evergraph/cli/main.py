"""The command `evergraph`."""

import importlib
import sys

import click

from evergraph.cli.program import Program

# A command's module is imported when the command is asked for, so that `evergraph run`
# pays for nothing that it does not use.
COMMANDS = {
    "datasets": "evergraph.cli.datasets",
    "run": "evergraph.cli.run",
    "show": "evergraph.cli.show",
}


class Commands(click.Group):
    """A group whose commands live in modules of their own, each under the name `command`."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, sorted."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name, or None."""
        module = COMMANDS.get(cmd_name)
        return importlib.import_module(module).command if module else None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="evergraph", prog_name="evergraph")
def evergraph() -> None:
    """Run TensorFlow 1.x programs on PyTorch."""


def main() -> None:
    """Parse the command line and do what it says; what the process exits with is its status.

    A program is run from here rather than from within click, which would answer for some of
    the exceptions that are the program's own business.
    """
    try:
        outcome = evergraph.main(prog_name="evergraph", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        sys.exit("Aborted!")
    if isinstance(outcome, Program):
        outcome.run()
    elif outcome:
        sys.exit(outcome)
