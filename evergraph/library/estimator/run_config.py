"""How an Estimator runs: `tf.estimator.RunConfig`."""

import copy
import json
import os
from collections.abc import Callable
from typing import Any

from evergraph.base.compat import path_to_str
from evergraph.base.export import export
from evergraph.base.function_utils import fn_args
from evergraph.base.platform import logging
from evergraph.library.estimator import cluster_settings
from evergraph.library.estimator.cluster_settings import TaskType
from evergraph.proto.protobuf.config_pb2 import ConfigProto, GraphOptions
from evergraph.proto.protobuf.rewriter_config_pb2 import RewriterConfig

__all__ = ["RunConfig", "TaskType", "get_default_session_config"]

_USE_DEFAULT = object()
_SAVE_CKPT_ERR = "`save_checkpoints_steps` and `save_checkpoints_secs` cannot be both set."
_DEFAULT_REPLACEABLE_LIST = [
    "model_dir",
    "tf_random_seed",
    "save_summary_steps",
    "save_checkpoints_steps",
    "save_checkpoints_secs",
    "session_config",
    "keep_checkpoint_max",
    "keep_checkpoint_every_n_hours",
    "log_step_count_steps",
    "train_distribute",
    "device_fn",
    "protocol",
    "eval_distribute",
    "experimental_distribute",
    "experimental_max_worker_delay_secs",
    "session_creation_timeout_secs",
]


def _is_device_fn(value: Any) -> bool:
    return callable(value) and set(fn_args(value)) == {"op"}


# What a property that is not None must be, and what is said where it is not.
_RULES: list[tuple[str, Callable[[Any], bool], str]] = [
    ("model_dir", bool, "model_dir should be non-empty"),
    ("save_summary_steps", lambda v: v >= 0, "save_summary_steps should be >= 0"),
    ("save_checkpoints_steps", lambda v: v >= 0, "save_checkpoints_steps should be >= 0"),
    ("save_checkpoints_secs", lambda v: v >= 0, "save_checkpoints_secs should be >= 0"),
    (
        "session_config",
        lambda v: isinstance(v, ConfigProto),
        "session_config must be instance of ConfigProto",
    ),
    ("keep_checkpoint_max", lambda v: v >= 0, "keep_checkpoint_max should be >= 0"),
    (
        "keep_checkpoint_every_n_hours",
        lambda v: v > 0,
        "keep_checkpoint_every_n_hours should be > 0",
    ),
    ("log_step_count_steps", lambda v: v > 0, "log_step_count_steps should be > 0"),
    ("tf_random_seed", lambda v: isinstance(v, int), "tf_random_seed must be integer."),
    (
        "experimental_max_worker_delay_secs",
        lambda v: isinstance(v, int),
        "experimental_max_worker_delay_secs must be an integer if set.",
    ),
    (
        "session_creation_timeout_secs",
        lambda v: v > 0,
        "session_creation_timeout_secs should be > 0",
    ),
    ("device_fn", _is_device_fn, 'device_fn must be callable with exactly one argument "op".'),
    ("protocol", lambda v: v in ("grpc", "grpc+verbs"), "protocol should be grpc or grpc+verbs"),
]


def get_default_session_config(device_filters: list[str] | None = None) -> Any:
    """The ConfigProto of Estimators that are given none."""
    rewriting = RewriterConfig(meta_optimizer_iterations=RewriterConfig.ONE)
    return ConfigProto(
        allow_soft_placement=True,
        graph_options=GraphOptions(rewrite_options=rewriting),
        device_filters=device_filters,
    )


@export("estimator.RunConfig")
class RunConfig:
    """How an Estimator runs. Stands for `tf.estimator.RunConfig`.

    What of a cluster the environment's TF_CONFIG tells is read too.

    Args:
      model_dir: the folder of checkpoints and events; default: TF_CONFIG's, or else the
        Estimator's.
      tf_random_seed: the graphs' seed.
      save_summary_steps: after how many steps summaries are written.
      save_checkpoints_steps, save_checkpoints_secs: after how many steps or seconds a checkpoint
        is saved; only one of them. Default: 600 seconds.
      session_config: a ConfigProto.
      keep_checkpoint_max, keep_checkpoint_every_n_hours: as of `tf.train.Saver`.
      log_step_count_steps: after how many steps the loss and the speed are logged.
      train_distribute, eval_distribute: a `tf.distribute.Strategy` for training and evaluation.
      experimental_distribute: None.
      device_fn: a device function for training, with the argument `op`.
      protocol: "grpc" or "grpc+verbs", for servers.
      experimental_max_worker_delay_secs: how long workers wait at most before they begin.
      session_creation_timeout_secs: how long to wait for a session.

    Raises:
      ValueError: a value is not allowed, or TF_CONFIG says something impossible.
    """

    def __init__(
        self,
        model_dir: Any = None,
        tf_random_seed: int | None = None,
        save_summary_steps: int = 100,
        save_checkpoints_steps: Any = _USE_DEFAULT,
        save_checkpoints_secs: Any = _USE_DEFAULT,
        session_config: Any = None,
        keep_checkpoint_max: int = 5,
        keep_checkpoint_every_n_hours: float = 10000,
        log_step_count_steps: int | None = 100,
        train_distribute: Any = None,
        device_fn: Any = None,
        protocol: str | None = None,
        eval_distribute: Any = None,
        experimental_distribute: Any = None,
        experimental_max_worker_delay_secs: int | None = None,
        session_creation_timeout_secs: float = 7200,
    ) -> None:
        steps, secs = _saving(save_checkpoints_steps, save_checkpoints_secs)
        if experimental_distribute:
            raise NotImplementedError("Clusters of distribution strategies are not supported.")
        tf_config = json.loads(os.environ.get("TF_CONFIG", "{}"))
        if tf_config:
            logging.info("TF_CONFIG environment variable: %s", tf_config)
        RunConfig._replace(
            self,
            allowed_properties_list=_DEFAULT_REPLACEABLE_LIST,
            model_dir=_get_model_dir(tf_config, path_to_str(model_dir)),
            tf_random_seed=tf_random_seed,
            save_summary_steps=save_summary_steps,
            save_checkpoints_steps=steps,
            save_checkpoints_secs=secs,
            session_config=session_config,
            keep_checkpoint_max=keep_checkpoint_max,
            keep_checkpoint_every_n_hours=keep_checkpoint_every_n_hours,
            log_step_count_steps=log_step_count_steps,
            train_distribute=train_distribute,
            device_fn=device_fn,
            protocol=protocol,
            eval_distribute=eval_distribute,
            experimental_distribute=experimental_distribute,
            experimental_max_worker_delay_secs=experimental_max_worker_delay_secs,
            session_creation_timeout_secs=session_creation_timeout_secs,
        )
        distributed = [
            strategy
            for strategy in (train_distribute, eval_distribute)
            if strategy and not type(strategy).__name__.startswith("TPUStrategy")
        ]
        if distributed:
            logging.info("Initializing RunConfig with distribution strategies.")
        for name, value in cluster_settings.read(tf_config).items():
            setattr(self, f"_{name}", value)
        if not self._session_config and self._cluster_spec:
            filters = cluster_settings.device_filters(self._task_type, self._task_id)
            if filters:
                self._session_config = get_default_session_config(filters)
        if distributed:
            logging.info("Not using Distribute Coordinator.")

    def replace(self, **kwargs: Any) -> "RunConfig":
        """A copy with other properties. Raises ValueError: a value is not allowed, or the property
        is one of the cluster."""
        return RunConfig._replace(
            copy.deepcopy(self), allowed_properties_list=_DEFAULT_REPLACEABLE_LIST, **kwargs
        )

    @staticmethod
    def _replace(
        config: Any, allowed_properties_list: list[str] | None = None, **kwargs: Any
    ) -> Any:
        allowed = allowed_properties_list or []
        for key, value in kwargs.items():
            if key not in allowed:
                raise ValueError(
                    f"Replacing {key} is not supported. Allowed properties are {allowed}."
                )
            setattr(config, f"_{key}", value)
        _keep_one_saving(config, kwargs)
        for name, is_right, message in _RULES:
            value = getattr(config, name)
            if value is not None and not is_right(value):
                raise ValueError(message)
        return config


def _property(name: str, what: str) -> Any:
    return property(lambda self: getattr(self, f"_{name}"), doc=what)


for _name, _what in {
    "cluster_spec": "The ClusterSpec of TF_CONFIG, empty without one.",
    "device_fn": "The device function for training, or None.",
    "evaluation_master": "The target of evaluation's sessions.",
    "is_chief": "Whether this task initializes and saves.",
    "master": "The target of training's sessions.",
    "num_ps_replicas": "How many parameter servers there are.",
    "num_worker_replicas": "How many workers there are, the chief among them.",
    "task_id": "The number of this task in its job.",
    "global_id_in_cluster": "The number of this task among all; the chief's is 0.",
    "experimental_max_worker_delay_secs": "How long workers wait at most before they begin.",
    "task_type": "The job of this task, one of `TaskType`.",
    "tf_random_seed": "The graphs' seed, or None.",
    "save_summary_steps": "After how many steps summaries are written.",
    "save_checkpoints_secs": "After how many seconds a checkpoint is saved, or None.",
    "session_config": "The ConfigProto, or None.",
    "save_checkpoints_steps": "After how many steps a checkpoint is saved, or None.",
    "keep_checkpoint_max": "How many checkpoints are kept.",
    "session_creation_timeout_secs": "How long to wait for a session.",
    "keep_checkpoint_every_n_hours": "How often one is kept for good.",
    "log_step_count_steps": "After how many steps loss and speed are logged, or None.",
    "model_dir": "The folder of checkpoints and events, or None.",
    "service": "What TF_CONFIG tells of a service, or None.",
    "train_distribute": "The strategy of training, or None.",
    "eval_distribute": "The strategy of evaluation, or None.",
    "protocol": "The servers' protocol, or None.",
}.items():
    setattr(RunConfig, _name, _property(_name, _what))


def _saving(steps: Any, secs: Any) -> tuple[Any, Any]:
    """After how many steps and seconds to save, of which one is given or none."""
    if steps is _USE_DEFAULT and secs is _USE_DEFAULT:
        return None, 600
    steps = None if steps is _USE_DEFAULT else steps
    secs = None if secs is _USE_DEFAULT else secs
    if steps is not None and secs is not None:
        raise ValueError(_SAVE_CKPT_ERR)
    return steps, secs


def _keep_one_saving(config: Any, replaced: dict[str, Any]) -> None:
    """Of the two ways to say when to save, the one that was set replaces the other."""
    steps = replaced.get("save_checkpoints_steps")
    secs = replaced.get("save_checkpoints_secs")
    if steps is not None and secs is not None:
        raise ValueError(_SAVE_CKPT_ERR)
    if steps is not None and "save_checkpoints_secs" not in replaced:
        config._save_checkpoints_secs = None
    if secs is not None and "save_checkpoints_steps" not in replaced:
        config._save_checkpoints_steps = None


def _get_model_dir(tf_config: dict[str, Any], model_dir: str | None) -> str | None:
    told = tf_config.get("model_dir")
    if model_dir == "":
        raise ValueError("model_dir should be non-empty.")
    if told == "":
        raise ValueError("model_dir in TF_CONFIG should be non-empty.")
    if told:
        if model_dir and told != model_dir:
            raise ValueError(
                "`model_dir` provided in RunConfig construct, if set, must have the same value as "
                f'the model_dir in TF_CONFIG. model_dir: {model_dir}\nTF_CONFIG["model_dir"]: '
                f"{told}.\n"
            )
        logging.info("Using model_dir in TF_CONFIG: %s", told)
    return model_dir or told
