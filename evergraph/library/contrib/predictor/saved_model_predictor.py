"""A predictor of a SavedModel."""

from typing import Any

from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.engine.session import Session
from evergraph.graph.graph import Graph
from evergraph.library.contrib.predictor.predictor import Predictor
from evergraph.library.saved_model import loader_impl, signature_constants

DEFAULT_TAGS = "serve"


def get_meta_graph_def(saved_model_dir: str, tags: str) -> Any:
    """The graph of a SavedModel with exactly these tags, "a,b". ValueError: there is none."""
    wanted = {tag.strip() for tag in tags.split(",")}
    for meta_graph_def in loader_impl.parse_saved_model(saved_model_dir).meta_graphs:
        if set(meta_graph_def.meta_info_def.tags) == wanted:
            return meta_graph_def
    raise ValueError(f"Could not find MetaGraphDef with tags {tags}")


def _get_signature_def(signature_def_key: str | None, export_dir: str, tags: str) -> Any:
    key = signature_def_key or signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    signatures = get_meta_graph_def(export_dir, tags).signature_def
    if key in signatures:
        return signatures[key]
    # Estimators of tf.contrib.learn named them so.
    older = f"default_input_alternative:{key}"
    if older in signatures:
        logging.warning('Could not find signature def "%s". Using "%s" instead', key, older)
        return signatures[older]
    raise ValueError(
        f'Got signature_def_key "{key}". Available signatures are {list(signatures)}. Original '
        f"error:\n'{key}'"
    )


def _check_signature_arguments(
    signature_def_key: Any, signature_def: Any, input_names: Any, output_names: Any
) -> None:
    if (input_names is None) != (output_names is None):
        raise ValueError(
            "input_names and output_names must both be specified or both be unspecified."
        )
    given = [signature_def_key, signature_def, input_names]
    if sum(argument is not None for argument in given) > 1:
        raise ValueError(
            "You must specify at most one of signature_def_key OR signature_def OR(input_names AND "
            "output_names)."
        )


class SavedModelPredictor(Predictor):
    """A predictor of a SavedModel; arguments as of `from_saved_model`."""

    def __init__(
        self,
        export_dir: str,
        signature_def_key: str | None = None,
        signature_def: Any = None,
        input_names: dict[str, str] | None = None,
        output_names: dict[str, str] | None = None,
        tags: str | None = None,
        graph: Graph | None = None,
        config: Any = None,
    ) -> None:
        _check_signature_arguments(signature_def_key, signature_def, input_names, output_names)
        tags = tags or DEFAULT_TAGS
        self._graph = graph or Graph()
        with self._graph.as_default():
            self._session = Session(config=config)
            loader_impl.SavedModelLoader(export_dir).load(self._session, tags.split(","))
        if input_names is None or output_names is None:
            signature = signature_def or _get_signature_def(signature_def_key, export_dir, tags)
            input_names = {key: info.name for key, info in signature.inputs.items()}
            output_names = {key: info.name for key, info in signature.outputs.items()}
        tensor = self._graph.get_tensor_by_name
        self._feed_tensors = {key: tensor(name) for key, name in input_names.items()}
        self._fetch_tensors = {key: tensor(name) for key, name in output_names.items()}


@export("contrib.predictor.from_saved_model")
def from_saved_model(
    export_dir: str,
    signature_def_key: str | None = None,
    signature_def: Any = None,
    input_names: dict[str, str] | None = None,
    output_names: dict[str, str] | None = None,
    tags: str | None = None,
    graph: Graph | None = None,
    config: Any = None,
) -> SavedModelPredictor:
    """A predictor of a SavedModel: a function of a dict of arrays. Stands for
    `tf.contrib.predictor.from_saved_model`.

    Args:
      export_dir: the folder.
      signature_def_key: the signature to use; default: "serving_default".
      signature_def: a SignatureDef to use in place of that.
      input_names, output_names: names of tensors by key, in place of a signature.
      tags: the graph's tags, "a,b"; default: "serve".
      graph: the graph to load it into; default: a new one.
      config: a ConfigProto for the session.

    Raises:
      ValueError: more than one of these ways is taken, or there is no such signature.
    """
    return SavedModelPredictor(
        export_dir,
        signature_def_key=signature_def_key,
        signature_def=signature_def,
        input_names=input_names,
        output_names=output_names,
        tags=tags,
        graph=graph,
        config=config,
    )
