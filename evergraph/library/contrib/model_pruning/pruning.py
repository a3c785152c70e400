"""Masks that grow sparser while a model is trained."""

import re
from typing import Any

from evergraph.api import (
    array_ops,
    control_flow_ops,
    init_ops,
    math_ops,
    nn_impl,
    nn_ops,
    state_ops,
    variable_scope,
)
from evergraph.api.cond import cond
from evergraph.api.variables import PartitionedVariable
from evergraph.base import dtypes
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.defaults import (
    add_to_collection,
    control_dependencies,
    get_collection,
    get_collection_ref,
    name_scope,
)
from evergraph.library.contrib.model_pruning import pruning_utils
from evergraph.library.contrib.model_pruning.core_layers import (
    MASK_COLLECTION,
    MASKED_WEIGHT_COLLECTION,
    MASKED_WEIGHT_NAME,
    THRESHOLD_COLLECTION,
    WEIGHT_COLLECTION,
)
from evergraph.library.contrib.training.hparam import HParams
from evergraph.library.summary import summary
from evergraph.library.train import training_util


@export("contrib.model_pruning.apply_mask")
def apply_mask(x: Any, scope: Any = "") -> Any:
    """Weights times a mask, a new variable. Stands for `tf.contrib.model_pruning.apply_mask`.

    Args:
      x: the weights.
      scope: the scope of the variables "mask" and "threshold".
    """
    mask = pruning_utils.weight_mask_variable(x, scope)
    threshold = pruning_utils.weight_threshold_variable(x, scope)
    result = math_ops.multiply(mask, x, MASKED_WEIGHT_NAME)
    if not any(known is mask for known in get_collection_ref(MASK_COLLECTION)):
        add_to_collection(THRESHOLD_COLLECTION, threshold)
        add_to_collection(MASK_COLLECTION, mask)
        add_to_collection(MASKED_WEIGHT_COLLECTION, result)
        add_to_collection(WEIGHT_COLLECTION, x)
    return result


@export("contrib.model_pruning.get_masked_weights")
def get_masked_weights() -> list[Any]:
    """All weights times their masks. Stands for `tf.contrib.model_pruning.get_masked_weights`."""
    return get_collection(MASKED_WEIGHT_COLLECTION)


@export("contrib.model_pruning.get_masks")
def get_masks() -> list[Any]:
    """All masks. Stands for `tf.contrib.model_pruning.get_masks`."""
    return get_collection(MASK_COLLECTION)


@export("contrib.model_pruning.get_thresholds")
def get_thresholds() -> list[Any]:
    """All thresholds. Stands for `tf.contrib.model_pruning.get_thresholds`."""
    return get_collection(THRESHOLD_COLLECTION)


@export("contrib.model_pruning.get_weights")
def get_weights() -> list[Any]:
    """All weights with masks. Stands for `tf.contrib.model_pruning.get_weights`."""
    return get_collection(WEIGHT_COLLECTION)


@export("contrib.model_pruning.get_weight_sparsity")
def get_weight_sparsity() -> list[Any]:
    """The share of zeros in each mask. Stands for
    `tf.contrib.model_pruning.get_weight_sparsity`."""
    return [nn_impl.zero_fraction(mask) for mask in get_masks()]


@export("contrib.model_pruning.get_pruning_hparams")
def get_pruning_hparams() -> HParams:
    """How weights are pruned, with the usual values. Stands for
    `tf.contrib.model_pruning.get_pruning_hparams`.

    The share of zeros goes from `initial_sparsity` to `target_sparsity` between the steps
    `sparsity_function_begin_step` and `sparsity_function_end_step`, as the power
    `sparsity_function_exponent` says. Masks are made anew every `pruning_frequency` steps from
    `begin_pruning_step` to `end_pruning_step` (-1: for ever). `weight_sparsity_map` and
    `block_dims_map` have other values for weights of certain names: "conv1:0.9", "dense:4x4".
    """
    return HParams(
        name="model_pruning",
        begin_pruning_step=0,
        end_pruning_step=-1,
        weight_sparsity_map=[""],
        block_dims_map=[""],
        threshold_decay=0.0,
        pruning_frequency=10,
        nbins=256,
        block_height=1,
        block_width=1,
        block_pooling_function="AVG",
        initial_sparsity=0.0,
        target_sparsity=0.5,
        sparsity_function_begin_step=0,
        sparsity_function_end_step=100,
        sparsity_function_exponent=3.0,
        use_tpu=False,
    )


def _checked(spec: Any) -> Any:
    """The settings, if they make sense."""
    if spec.begin_pruning_step < 0:
        raise ValueError("Illegal value for begin_pruning_step")
    if spec.begin_pruning_step >= spec.end_pruning_step != -1:
        raise ValueError(
            "Pruning must begin before it can end. "
            f"begin_step={spec.begin_pruning_step}, end_step={spec.end_pruning_step}.Set "
            "end_pruning_step to -1 if pruning is required till trainingstops"
        )
    if spec.sparsity_function_begin_step < 0:
        raise ValueError("Illegal value for sparsity_function_begin_step")
    if spec.sparsity_function_begin_step >= spec.sparsity_function_end_step:
        raise ValueError("Sparsity function requires begin_step < end_step")
    for name in ("threshold_decay", "initial_sparsity", "target_sparsity"):
        if not 0.0 <= getattr(spec, name) < 1.0:
            raise ValueError(f"{name} must be in range [0,1)")
    return spec


@export("contrib.model_pruning.Pruning")
class Pruning:
    """Makes the masks of a graph sparser from step to step. Stands for
    `tf.contrib.model_pruning.Pruning`.

    Args:
      spec: settings, as of `get_pruning_hparams`.
      global_step: the number of the step; default: the graph's.
      sparsity: the share of zeros, a tensor; default: as `spec` says.

    Raises:
      ValueError: settings do not make sense.
    """

    def __init__(self, spec: Any = None, global_step: Any = None, sparsity: Any = None) -> None:
        self._spec = _checked(spec if spec else get_pruning_hparams())
        step = training_util.get_global_step() if global_step is None else global_step
        self._global_step = math_ops.cast(step, dtypes.int32)
        self._sparsity = sparsity if sparsity is not None else self._setup_sparsity()
        self._assign_ops: list[Any] = []
        self._last_update_step = self._setup_last_update_step()
        self._block_dims = [self._spec.block_height, self._spec.block_width]
        self._block_dims_map = self._get_block_dims_map()
        self._weight_sparsity_map = self._get_weight_sparsity_map()

    def _setup_sparsity(self) -> Any:
        spec = self._spec
        begin, end = spec.sparsity_function_begin_step, spec.sparsity_function_end_step
        with name_scope(spec.name):
            passed = math_ops.cast(self._global_step - begin, dtypes.float32)
            share = math_ops.maximum(0.0, math_ops.div(passed, end - begin))
            share = math_ops.minimum(1.0, share)
            power = math_ops.pow(1 - share, spec.sparsity_function_exponent)
            change = math_ops.multiply(spec.initial_sparsity - spec.target_sparsity, power)
            return math_ops.add(change, spec.target_sparsity, name="sparsity")

    def _setup_last_update_step(self) -> Any:
        with variable_scope.variable_scope(
            self._spec.name, use_resource=self._spec.use_tpu
        ) as scope:
            try:
                return variable_scope.get_variable(
                    "last_mask_update_step",
                    [],
                    initializer=init_ops.zeros_initializer(),
                    trainable=False,
                    dtype=dtypes.int32,
                )
            except ValueError:
                scope.reuse_variables()
                return variable_scope.get_variable("last_mask_update_step", dtype=dtypes.int32)

    def _get_block_dims_map(self) -> dict[Any, list[int]]:
        found = {}
        for text in filter(None, self._spec.block_dims_map):
            name, sizes = text.split(":")
            parts = sizes.split("x")
            if len(parts) != 2:
                raise ValueError(f"Expected 2 values for block dim for {name}, got {parts}")
            found[re.compile(name)] = [int(part) for part in parts]
        return found

    def _get_weight_sparsity_map(self) -> dict[Any, float]:
        found = {}
        for text in filter(None, self._spec.weight_sparsity_map):
            name, sparsity = text.split(":")
            if float(sparsity) >= 1.0:
                raise ValueError("Weight sparsity can not exceed 1.0")
            found[re.compile(name)] = float(sparsity)
        return found

    def _special(self, table: dict[Any, Any], what: str, weight_name: str) -> Any:
        """What is said of weights of this name, or None."""
        found = [value for pattern, value in table.items() if pattern.search(weight_name)]
        if len(found) > 1:
            raise ValueError(f"Multiple matches in {what} for weight {weight_name}")
        return found[0] if found else None

    def _get_block_dims(self, weight_name: str) -> list[int]:
        found = self._special(self._block_dims_map, "block_dims_map", weight_name)
        return self._block_dims if found is None else found

    def _get_sparsity(self, weight_name: str) -> Any:
        found = self._special(self._weight_sparsity_map, "weight_sparsity_map", weight_name)
        if found is None:
            return self._sparsity
        share = math_ops.div(found, self._spec.target_sparsity)
        return math_ops.multiply(self._sparsity, share)

    def _update_mask(self, weights: Any, threshold: Any) -> tuple[Any, Any]:
        """A new threshold, that as many weights are below as are to be zero, and a new mask."""
        if self._sparsity is None:
            raise ValueError("Sparsity variable undefined")
        sparsity = self._get_sparsity(weights.op.name)
        with name_scope(weights.op.name + "_pruning_ops"):
            sizes = math_ops.abs(weights)
            count = math_ops.cast(array_ops.size(sizes), dtypes.float32) * (1 - sparsity)
            kept = math_ops.cast(math_ops.round(count), dtypes.int32)
            values, _ = nn_ops.top_k(array_ops.reshape(sizes, [-1]), k=array_ops.size(sizes))
            current = array_ops.gather(values, kept - 1)
            decay = self._spec.threshold_decay
            smoothed = math_ops.add_n(
                [math_ops.multiply(current, 1 - decay), math_ops.multiply(threshold, decay)]
            )
            mask = math_ops.cast(math_ops.greater_equal(sizes, smoothed), dtypes.float32)
        return smoothed, mask

    def _maybe_update_block_mask(self, weights: Any, threshold: Any) -> tuple[Any, Any]:
        """As `_update_mask`, block by block where the settings say so."""
        spec = self._spec
        block = self._get_block_dims(weights.op.name)  # one list for all weights, as in TensorFlow
        squeezed = array_ops.squeeze(weights)
        if squeezed.get_shape().ndims != 2 or block == [1, 1]:
            return self._update_mask(weights, threshold)
        for i in range(2):
            if block[i] == -1:
                block[i] = squeezed.get_shape().as_list()[i]
        kind = spec.block_pooling_function
        if kind not in ("AVG", "MAX"):
            raise ValueError(f"Unknown pooling function for block sparsity: {kind}")
        rows, columns = squeezed.get_shape().as_list()
        with name_scope(weights.op.name + "_pruning_ops"):
            sizes = math_ops.abs(squeezed)
            pool = pruning_utils.factorized_pool
            if not spec.use_tpu:
                pool = nn_ops.pool
                sizes = array_ops.reshape(sizes, [1, rows, columns, 1])
            pooled = pool(
                sizes,
                window_shape=block,
                pooling_type=kind,
                strides=block,
                padding="SAME",
                name=weights.op.name + "_pooled",
            )
            if pooled.get_shape().ndims != 2:
                pooled = array_ops.squeeze(pooled, axis=None if spec.use_tpu else [0, 3])
            smoothed, mask = self._update_mask(pooled, threshold)
            whole = pruning_utils.expand_tensor(mask, block)
            cut = array_ops.slice(whole, [0, 0], [rows, columns])
        return smoothed, array_ops.reshape(cut, array_ops.shape(weights))

    def _get_mask_assign_ops(self) -> None:
        if self._assign_ops:
            raise ValueError("Assign op list not empty. _get_mask_assign_ops() called twice?")
        masks, thresholds = get_masks(), get_thresholds()
        if len(masks) != len(thresholds):
            raise ValueError(
                f"Number of masks {len(masks)} and number of thresholds {len(thresholds)} mismatch"
            )
        for mask, threshold, weights in zip(masks, thresholds, get_weights(), strict=False):
            in_parts = isinstance(weights, PartitionedVariable)
            value = weights.as_tensor() if in_parts else weights
            new_threshold, new_mask = self._maybe_update_block_mask(value, threshold)
            self._assign_ops.append(pruning_utils.variable_assign(threshold, new_threshold))
            assign = (
                pruning_utils.partitioned_variable_assign
                if in_parts
                else pruning_utils.variable_assign
            )
            self._assign_ops.append(assign(mask, new_mask))

    def mask_update_op(self) -> Any:
        """An operation that makes all masks anew."""
        with name_scope(self._spec.name):
            if not self._assign_ops:
                self._get_mask_assign_ops()
            noted = state_ops.assign(
                self._last_update_step, self._global_step, name="last_mask_update_step_assign"
            )
            with control_dependencies([noted]), control_dependencies(self._assign_ops):
                logging.info("Updating masks.")
                return control_flow_ops.no_op("mask_update")

    def conditional_mask_update_op(self) -> Any:
        """An operation that makes all masks anew when it is time to."""
        spec = self._spec
        with name_scope(spec.name):
            begun = math_ops.greater_equal(self._global_step, spec.begin_pruning_step)
            not_over = math_ops.logical_or(
                math_ops.less_equal(self._global_step, spec.end_pruning_step),
                math_ops.less(spec.end_pruning_step, 0),
            )
            in_time = math_ops.logical_and(begun, not_over)
            is_due = math_ops.less_equal(
                math_ops.add(self._last_update_step, spec.pruning_frequency), self._global_step
            )
            due = math_ops.logical_and(in_time, is_due)
        return cond(due, self.mask_update_op, control_flow_ops.no_op)

    def add_pruning_summaries(self) -> None:
        """Adds summaries of masks and thresholds."""
        with name_scope(self._spec.name + "_summaries"):
            summary.scalar("sparsity", self._sparsity)
            summary.scalar("last_mask_update_step", self._last_update_step)
            for mask, threshold in zip(get_masks(), get_thresholds(), strict=False):
                summary.scalar(mask.op.name + "/sparsity", nn_impl.zero_fraction(mask))
                summary.scalar(threshold.op.name + "/threshold", threshold)

    def print_hparams(self) -> None:
        """Logs the settings."""
        logging.info(self._spec.to_json())
