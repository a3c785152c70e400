"""What newer Pythons and libraries have removed, supplied to a program of TensorFlow's age.

Only `evergraph run` installs these shims, into the process of the program that it runs.
"""

from evergraph.compat.shims import (
    array_methods,
    functions,
    h5py_text,
    modules,
    names,
    old_protos,
    pandas_groupby,
    pandas_methods,
    pillow_text,
    printing,
    tensorboard_summary,
)
from evergraph.compat.shims.supply import SupplyFinder

CHANGES = {
    "PIL.ImageDraw": pillow_text.supply_drawing_methods,
    "PIL.ImageFont": pillow_text.supply_font_methods,
    "h5py._hl.attrs": h5py_text.give_texts_to_decode,
    "pandas.core.frame": pandas_methods.supply_frame_methods,
    "pandas.core.series": pandas_methods.supply_series_methods,
    "pandas.core.groupby.groupby": pandas_groupby.keep_grouping_columns,
    "scipy.sparse.linalg.eigen": modules.open_package,
    "tensorboard.summary": tensorboard_summary.give_first_version,
}


def install() -> None:
    """Supply the removed names and modules from now on, saying so where one is used.

    Names that the installed versions still have are left alone.
    """
    array_methods.supply_methods()
    functions.supply_functions()
    printing.print_plain_scalars()
    old_protos.understand_old_protos()
    SupplyFinder(names.SUPPLIED, modules.SUPPLIED, CHANGES).install()
