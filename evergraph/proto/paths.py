"""Where TensorFlow 1.15's generated protocol modules live here."""

_MOVED = {
    "contrib.session_bundle.manifest_pb2": "contrib.manifest_pb2",
    "contrib.tensorboard.plugins.projector.projector_config_pb2": "plugins.projector_config_pb2",
    "contrib.training.python.training.hparam_pb2": "contrib.hparam_pb2",
    "python.framework.cpp_shape_inference_pb2": "framework.cpp_shape_inference_pb2",
    "python.training.checkpoint_state_pb2": "training.checkpoint_state_pb2",
}


def local_module(name: str) -> str | None:
    """The module here that stands for TensorFlow's module `name`; None for what is no such module.

    `name` is dotted and absolute: ``tensorflow.core.framework.graph_pb2`` gives
    ``evergraph.proto.framework.graph_pb2``. Whether that module exists is for the importer to see.
    """
    top, _, rest = name.partition(".")
    if top not in ("tensorflow", "tensorflow_core") or not rest.endswith("_pb2"):
        return None
    moved = _MOVED.get(rest)
    if moved is None:
        if not rest.startswith("core."):
            return None
        moved = rest.removeprefix("core.")
    return "evergraph.proto." + moved
