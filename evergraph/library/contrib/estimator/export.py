"""Exports by mode: `tf.contrib.estimator.export_saved_model_for_mode`."""

from collections.abc import Callable
from typing import Any

from evergraph.base.export import export
from evergraph.library.estimator.mode_keys import ModeKeys


@export("contrib.estimator.export_saved_model_for_mode")
def export_saved_model_for_mode(
    estimator: Any,
    export_dir_base: Any,
    input_receiver_fn: Callable[[], Any],
    assets_extra: dict[str, str] | None = None,
    as_text: bool = False,
    checkpoint_path: str | None = None,
    mode: str = ModeKeys.PREDICT,
) -> bytes:
    """Exports one graph of an Estimator. Stands for
    `tf.contrib.estimator.export_saved_model_for_mode`; arguments as of
    `Estimator.export_saved_model`."""
    functions = {mode: input_receiver_fn}
    return export_all_saved_models(
        estimator, export_dir_base, functions, assets_extra, as_text, checkpoint_path
    )


@export("contrib.estimator.export_all_saved_models")
def export_all_saved_models(
    estimator: Any,
    export_dir_base: Any,
    input_receiver_fn_map: dict[str, Any],
    assets_extra: dict[str, str] | None = None,
    as_text: bool = False,
    checkpoint_path: str | None = None,
) -> bytes:
    """Exports the graphs of several modes. Stands for
    `tf.contrib.estimator.export_all_saved_models`; arguments as of
    `Estimator.experimental_export_all_saved_models`."""
    return estimator.experimental_export_all_saved_models(  # type: ignore[no-any-return]
        export_dir_base,
        input_receiver_fn_map,
        assets_extra=assets_extra,
        as_text=as_text,
        checkpoint_path=checkpoint_path,
    )
