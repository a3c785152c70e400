"""Where the functions of a TPUEstimator run. There are no TPUs here: on the host, or not at all."""

import contextlib
import copy
from collections.abc import Iterator
from typing import Any

from evergraph.base.platform import logging
from evergraph.library.estimator.mode_keys import ModeKeys
from evergraph.library.tpu.config import InputPipelineConfig

_NO_TPU = (
    "Cannot find any TPU cores in the system. Please double check Tensorflow master address and "
    "TPU worker(s)."
)


class TPUContext:
    """What functions that run on TPUs are told in `params["context"]`."""

    def __init__(
        self,
        internal_ctx: Any,
        input_device: Any = None,
        invocation_index: int | None = None,
        call_from_input_fn: bool = True,
    ) -> None:
        self._internal_ctx = internal_ctx
        self._input_device = input_device
        self._invocation_index = invocation_index
        self._call_from_input_fn = call_from_input_fn

    @property
    def current_host(self) -> int | None:
        """The number of this machine."""
        return self._invocation_index

    @property
    def num_replicas(self) -> int:
        """How many TPU cores compute."""
        return self._internal_ctx.num_replicas  # type: ignore[no-any-return]

    @property
    def num_hosts(self) -> int:
        """How many machines have TPUs."""
        return self._internal_ctx.num_hosts  # type: ignore[no-any-return]


class _InternalTPUContext:
    """What an estimator knows of its machines.

    Programs that have TPUEstimator's code in a file of their own ask it whether to run on the
    host, and for sizes of batches.
    """

    _mode: str | None = None
    num_cores = num_replicas = num_hosts = num_of_cores_per_host = 0
    device_assignment = None

    def __init__(
        self,
        config: Any,
        train_batch_size: int | None,
        eval_batch_size: int | None,
        predict_batch_size: int | None,
        use_tpu: bool,
        eval_on_tpu: bool = True,
        embedding_config_spec: Any = None,
    ) -> None:
        self._config = config
        self._batch_sizes = {
            ModeKeys.TRAIN: train_batch_size,
            ModeKeys.EVAL: eval_batch_size,
            ModeKeys.PREDICT: predict_batch_size,
        }
        self._use_tpu = use_tpu
        logging.info("_TPUContext: eval_on_tpu %s", eval_on_tpu)
        if eval_on_tpu and not use_tpu:
            logging.warning("eval_on_tpu ignored because use_tpu is False.")
        self._eval_on_tpu = eval_on_tpu

    @contextlib.contextmanager
    def with_mode(self, mode: str) -> Iterator["_InternalTPUContext"]:
        """A block that gets a copy which knows the mode."""
        new = copy.copy(self)
        new._mode = mode
        yield new

    @property
    def mode(self) -> str:
        """The mode. Raises RuntimeError where it is not known."""
        if self._mode is None:
            raise RuntimeError("`mode` needs to be set via contextmanager `with_mode`.")
        return self._mode

    @property
    def config(self) -> Any:
        """The RunConfig."""
        return self._config

    @property
    def embedding_config(self) -> None:
        """None: embeddings are not on TPUs."""

    @property
    def model_parallelism_enabled(self) -> Any:
        """Whether a replica is to have several cores."""
        return self._use_tpu and self._config.tpu_config.num_cores_per_replica

    @property
    def input_partition_dims(self) -> Any:
        """How inputs are to be cut."""
        return self._config.tpu_config.input_partition_dims

    def is_input_sharded_per_core(self) -> bool:
        """Whether input functions are called for each core."""
        return self.mode == ModeKeys.TRAIN and self._input_is(InputPipelineConfig.PER_SHARD_V1)

    def is_input_per_host_with_iterators(self) -> bool:
        """Whether they give datasets for each machine."""
        return self._input_is(InputPipelineConfig.PER_HOST_V2)

    def is_input_broadcast_with_iterators(self) -> bool:
        """Whether one dataset is for all machines."""
        return (
            self._input_is(InputPipelineConfig.BROADCAST)
            or self.is_input_slice_broadcast_to_all_cores()
        )

    def is_input_slice_broadcast_to_all_cores(self) -> bool:
        """Whether each element of it is cut, a part for each core."""
        settings = self._config.tpu_config
        sliced = settings.eval_training_input_configuration == InputPipelineConfig.SLICED
        return self.mode != ModeKeys.TRAIN and sliced

    def _input_is(self, kind: int) -> bool:
        return bool(self._config.tpu_config.per_host_input_for_training == kind)

    def is_running_on_cpu(self, is_export_mode: bool = False) -> bool:
        """Whether functions run on the host. Raises RuntimeError where they must not."""
        on_tpu = self._use_tpu and (self.mode != ModeKeys.EVAL or self._eval_on_tpu)
        if on_tpu and not is_export_mode:
            raise RuntimeError(_NO_TPU)
        return True

    @property
    def global_batch_size(self) -> int | None:
        """How many examples a batch has."""
        return self._batch_sizes.get(self.mode)

    @property
    def batch_size_for_input_fn(self) -> int | None:
        """The same, for an input function."""
        self.is_running_on_cpu()
        return self.global_batch_size

    batch_size_for_model_fn = batch_size_for_input_fn


def _get_tpu_context(
    config: Any,
    train_batch_size: int | None,
    eval_batch_size: int | None,
    predict_batch_size: int | None,
    use_tpu: bool,
    eval_on_tpu: bool,
    embedding_config_spec: Any = None,  # TensorFlow 1.13 had none
) -> _InternalTPUContext:
    """What an estimator knows of its machines."""
    settings = config.tpu_config
    if settings.num_shards == 1 and settings.num_cores_per_replica is None:
        if embedding_config_spec is not None:
            raise ValueError(
                "Setting TPUConfig.num_shards==1 is unsupported when embedding_config_spec is not "
                "None."
            )
        logging.warning(
            "Setting TPUConfig.num_shards==1 is an unsupported behavior. Please fix as soon as "
            "possible (leaving num_shards as None.)"
        )
        eval_on_tpu = True
    return _InternalTPUContext(
        config,
        train_batch_size,
        eval_batch_size,
        predict_batch_size,
        use_tpu,
        eval_on_tpu,
        embedding_config_spec,
    )
