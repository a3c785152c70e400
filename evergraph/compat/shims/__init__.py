"""What newer Pythons and libraries have removed, supplied to a program of TensorFlow's age.

Only `evergraph run` installs these shims, into the process of the program that it runs.
"""

from evergraph.compat.shims import arguments, array_methods, modules, names, pandas_groupby
from evergraph.compat.shims.supply import SupplyFinder

CHANGES = {"pandas.core.groupby.groupby": pandas_groupby.keep_grouping_columns}


def install() -> None:
    """Supply the removed names and modules from now on, saying so where one is used.

    Names that the installed versions still have are left alone.
    """
    array_methods.supply_methods()
    arguments.supply_arguments()
    SupplyFinder(names.SUPPLIED, modules.SUPPLIED, CHANGES).install()
