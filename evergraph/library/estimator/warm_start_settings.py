"""From which earlier model an Estimator begins: `tf.estimator.WarmStartSettings`."""

import os.path
from collections import namedtuple
from typing import Any

from evergraph.base.export import export, export_constant
from evergraph.base.platform import gfile, logging
from evergraph.library.saved_model import utils_impl
from evergraph.library.train.warm_starting_util import VocabInfo

__all__ = ["VocabInfo", "WarmStartSettings"]

export_constant(__name__, "VocabInfo", "estimator.VocabInfo")


@export("estimator.WarmStartSettings")
class WarmStartSettings(
    namedtuple(
        "WarmStartSettings",
        [
            "ckpt_to_initialize_from",
            "vars_to_warm_start",
            "var_name_to_vocab_info",
            "var_name_to_prev_var_name",
        ],
    )
):
    """What begins with an earlier model's values. Stands for `tf.estimator.WarmStartSettings`.

    Args:
      ckpt_to_initialize_from: a checkpoint or a folder of them.
      vars_to_warm_start, var_name_to_vocab_info, var_name_to_prev_var_name: as of
        `tf.train.warm_start`; by default all trainable variables.

    Raises:
      ValueError: there is no checkpoint.
    """

    def __new__(
        cls,
        ckpt_to_initialize_from: str,
        vars_to_warm_start: Any = ".*",
        var_name_to_vocab_info: dict[str, VocabInfo] | None = None,
        var_name_to_prev_var_name: dict[str, str] | None = None,
    ) -> "WarmStartSettings":
        if not ckpt_to_initialize_from:
            raise ValueError("`ckpt_to_initialize_from` MUST be set in WarmStartSettings")
        return super().__new__(
            cls,
            ckpt_to_initialize_from,
            vars_to_warm_start,
            var_name_to_vocab_info or {},
            var_name_to_prev_var_name or {},
        )


def _get_default_warm_start_settings(warm_start_from: Any) -> WarmStartSettings | None:
    """The settings that a path of a checkpoint or SavedModel means; settings as they are.

    Raises:
      ValueError: it is something else.
    """
    if warm_start_from is None or isinstance(warm_start_from, WarmStartSettings):
        return warm_start_from
    if not isinstance(warm_start_from, (str, bytes)):
        raise ValueError(
            "warm_start_from must be a string or a WarmStartSettings, instead got "
            f"{type(warm_start_from)}"
        )
    folder = utils_impl.get_variables_dir(warm_start_from)
    if gfile.Exists(os.path.join(folder, "variables.index")):
        logging.info("Warm-starting from a SavedModel")
        return WarmStartSettings(utils_impl.get_variables_path(warm_start_from))
    return WarmStartSettings(warm_start_from)  # type: ignore[arg-type]
