"""Resources of boosted trees with their savers: TreeEnsemble, QuantileAccumulator.

TensorFlow's module of this name also has its ops under shorter names; so has this one.
"""

from collections.abc import Sequence
from typing import Any

from evergraph.api import array_ops, generated_ops
from evergraph.api.resources import register_resource
from evergraph.graph.apply import apply_op
from evergraph.graph.defaults import add_to_collection, control_dependencies, name_scope
from evergraph.graph.keys import GraphKeys
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.train.saving.saveable_object import SaveableObject, SaveSpec
from evergraph.library.train.tracking.tracking import TrackableResource

_STATES = (
    *("stamp_token", "num_trees", "num_finalized_trees", "num_attempted_layers"),
    "last_layer_nodes_range",
)


class PruningMode:
    """How trees lose splits that gain too little: as numbers, and by name."""

    NO_PRUNING, PRE_PRUNING, POST_PRUNING = range(3)
    _map = {"none": NO_PRUNING, "pre": PRE_PRUNING, "post": POST_PRUNING}

    @classmethod
    def from_str(cls, mode: str) -> int:
        """The number of "none", "pre" or "post".

        Raises:
          ValueError: another name.
        """
        if mode not in cls._map:
            names = ", ".join(sorted(cls._map))
            raise ValueError(f"pruning_mode mode must be one of: {names}")
        return cls._map[mode]


class QuantileAccumulatorSaveable(SaveableObject):
    """The bucket boundaries of an accumulator, for savers."""

    def __init__(
        self, resource_handle: Tensor, create_op: Operation, num_streams: int, name: str
    ) -> None:
        self._resource_handle = resource_handle
        self._create_op = create_op
        self._num_streams = num_streams
        found = _boundaries(resource_handle, num_streams)
        specs = [SaveSpec(t, "", f"{name}_bucket_boundaries_{i}") for i, t in enumerate(found)]
        super().__init__(resource_handle, specs, name)

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Operation:
        """Puts the restored boundaries in the place of the accumulator's."""
        with control_dependencies([self._create_op]):
            restored: Operation = apply_op(
                "BoostedTreesQuantileStreamResourceDeserialize",
                self._resource_handle,
                bucket_boundaries=restored_tensors,
            )
        return restored


def _boundaries(handle: Tensor, count: int) -> list[Tensor]:
    found: list[Tensor] = apply_op(
        "BoostedTreesQuantileStreamResourceGetBucketBoundaries", handle, num_features=count
    )
    return found


class QuantileAccumulator(TrackableResource):
    """Quantiles of several features, whose bucket boundaries checkpoints hold.

    Args:
      epsilon: the error of a quantile, as a part of all weight.
      num_streams: how many features.
      num_quantiles: how many buckets to part each feature into.
      name: the name of the resource.
      max_elements: without effect, as in TensorFlow.
    """

    def __init__(
        self,
        epsilon: float,
        num_streams: int,
        num_quantiles: int,
        name: str | None = None,
        max_elements: int | None = None,
    ) -> None:
        self._eps = epsilon
        self._num_streams = num_streams
        self._num_quantiles = num_quantiles
        super().__init__()
        with name_scope(name, "QuantileAccumulator") as self._name:
            self._resource_handle = self._create_resource()
            self._init_op = self._initialize()
            is_initialized = self.is_initialized()
        register_resource(self.resource_handle, self._init_op, is_initialized)
        self._saveable = QuantileAccumulatorSaveable(
            self.resource_handle, self._init_op, num_streams, self.resource_handle.name
        )
        add_to_collection(GraphKeys.SAVEABLE_OBJECTS, self._saveable)

    def _create_resource(self) -> Tensor:
        handle: Tensor = apply_op(
            "BoostedTreesQuantileStreamResourceHandleOp", shared_name=self._name, name=self._name
        )
        return handle

    def _initialize(self) -> Any:
        return apply_op(
            "BoostedTreesCreateQuantileStreamResource",
            self.resource_handle,
            self._eps,
            self._num_streams,
        )

    @property
    def initializer(self) -> Any:
        """The operation that creates the resource."""
        if self._init_op is None:
            self._init_op = self._initialize()
        return self._init_op

    def is_initialized(self) -> Tensor:
        """Whether the resource is there, a bool scalar."""
        return apply_op("IsBoostedTreesQuantileStreamResourceInitialized", self.resource_handle)

    @property
    def saveable(self) -> QuantileAccumulatorSaveable:
        """What savers save of it."""
        return self._saveable

    def _gather_saveables_for_checkpoint(self) -> Any:
        return {"quantile_accumulator", self._saveable}

    def add_summaries(self, float_columns: Sequence[Any], example_weights: Any) -> Operation:
        """Takes a batch: a vector of float32 for each feature, and weights (of one, or of each)."""
        summaries = apply_op(
            "BoostedTreesMakeQuantileSummaries", float_columns, example_weights, self._eps
        )
        added: Operation = apply_op(
            "BoostedTreesQuantileStreamResourceAddSummaries", self.resource_handle, summaries
        )
        return added

    def flush(self) -> Operation:
        """Makes boundaries of what came, and begins again."""
        flushed: Operation = apply_op(
            "BoostedTreesQuantileStreamResourceFlush", self.resource_handle, self._num_quantiles
        )
        return flushed

    def get_bucket_boundaries(self) -> list[Tensor]:
        """The boundaries of each feature, vectors of float32; empty before `flush`."""
        return _boundaries(self.resource_handle, self._num_streams)


class _TreeEnsembleSavable(SaveableObject):
    """The trees of an ensemble and its stamp, for savers."""

    def __init__(self, resource_handle: Tensor, create_op: Operation, name: str) -> None:
        stamp, serialized = apply_op("BoostedTreesSerializeEnsemble", resource_handle)
        specs = [
            SaveSpec(stamp, "", f"{name}_stamp"),
            SaveSpec(serialized, "", f"{name}_serialized"),
        ]
        super().__init__(resource_handle, specs, name)
        self._resource_handle = resource_handle
        self._create_op = create_op

    def restore(self, restored_tensors: Any, restored_shapes: Any) -> Operation:
        """Puts the restored trees in the place of the ensemble's."""
        with control_dependencies([self._create_op]):
            restored: Operation = apply_op(
                "BoostedTreesDeserializeEnsemble", self._resource_handle, *restored_tensors
            )
        return restored


class TreeEnsemble(TrackableResource):
    """An ensemble of boosted trees, which checkpoints hold unless it is local.

    Args:
      name: the name of the resource.
      stamp_token: the stamp to begin with; each change makes it one more.
      is_local: whether only this task sees it.
      serialized_proto: the trees to begin with, a serialized TreeEnsemble.
    """

    def __init__(
        self,
        name: str,
        stamp_token: int = 0,
        is_local: bool = False,
        serialized_proto: bytes | str = "",
    ) -> None:
        self._stamp_token = stamp_token
        self._serialized_proto = serialized_proto
        self._is_local = is_local
        with name_scope(name, "TreeEnsemble") as self._name:
            self._resource_handle = self._create_resource()
            self._init_op = self._initialize()
            is_initialized = self.is_initialized()
            if not is_local:
                self._saveable = _TreeEnsembleSavable(
                    self.resource_handle, self.initializer, self.resource_handle.name
                )
                add_to_collection(GraphKeys.SAVEABLE_OBJECTS, self._saveable)
            register_resource(
                self.resource_handle, self.initializer, is_initialized, is_shared=not is_local
            )

    def _create_resource(self) -> Tensor:
        handle: Tensor = apply_op(
            "BoostedTreesEnsembleResourceHandleOp", shared_name=self._name, name=self._name
        )
        return handle

    def _initialize(self) -> Any:
        return apply_op(
            "BoostedTreesCreateEnsemble",
            self.resource_handle,
            self._stamp_token,
            tree_ensemble_serialized=self._serialized_proto,
        )

    @property
    def initializer(self) -> Any:
        """The operation that creates the resource."""
        if self._init_op is None:
            self._init_op = self._initialize()
        return self._init_op

    def is_initialized(self) -> Tensor:
        """Whether the resource is there, a bool scalar."""
        return apply_op("IsBoostedTreesEnsembleInitialized", self.resource_handle)

    def _gather_saveables_for_checkpoint(self) -> Any:
        return None if self._is_local else {"tree_ensemble": self._saveable}

    def get_stamp_token(self) -> Tensor:
        """The stamp, an int64 scalar."""
        found: Tensor = apply_op("BoostedTreesGetEnsembleStates", self.resource_handle)[0]
        return found

    def get_states(self) -> tuple[Tensor, ...]:
        """Stamp, number of trees, of finished trees, of layers tried, and the first and the end of
        the last layer's nodes."""
        states = apply_op("BoostedTreesGetEnsembleStates", self.resource_handle)
        return tuple(
            array_ops.identity(t, name=name) for t, name in zip(states, _STATES, strict=True)
        )

    def serialize(self) -> Any:
        """The stamp, and the trees as a serialized TreeEnsemble, a scalar of strings."""
        return apply_op("BoostedTreesSerializeEnsemble", self.resource_handle)

    def deserialize(self, stamp_token: Any, serialized_proto: Any) -> Operation:
        """An operation that takes these trees for its own.

        Args:
          stamp_token: an int64 scalar.
          serialized_proto: a serialized TreeEnsemble, a scalar of strings.
        """
        restored: Operation = apply_op(
            "BoostedTreesDeserializeEnsemble", self.resource_handle, stamp_token, serialized_proto
        )
        return restored


# Ops under TensorFlow's shorter names: {here: the op's}.
_RENAMED = {
    "boosted_trees_aggregate_stats": "boosted_trees_aggregate_stats",
    "boosted_trees_bucketize": "boosted_trees_bucketize",
    "boosted_trees_sparse_aggregate_stats": "boosted_trees_sparse_aggregate_stats",
    "is_quantile_resource_initialized": "is_boosted_trees_quantile_stream_resource_initialized",
    **{
        name: f"boosted_trees_{name}"
        for name in (
            *("calculate_best_feature_split", "calculate_best_gains_per_feature", "center_bias"),
            *("create_quantile_stream_resource", "example_debug_outputs"),
            *("make_quantile_summaries", "make_stats_summary", "predict", "training_predict"),
            *("sparse_calculate_best_feature_split", "update_ensemble", "update_ensemble_v2"),
        )
    },
    **{
        name: f"boosted_trees_quantile_stream_resource_{op}"
        for name, op in {
            "quantile_add_summaries": "add_summaries",
            "quantile_resource_deserialize": "deserialize",
            "quantile_flush": "flush",
            "get_bucket_boundaries": "get_bucket_boundaries",
            "quantile_resource_handle_op": "handle_op",
        }.items()
    },
}


def __getattr__(name: str) -> Any:
    if name in _RENAMED:
        return getattr(generated_ops, _RENAMED[name])
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
