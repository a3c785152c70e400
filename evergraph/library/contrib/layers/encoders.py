"""Sequences of ids as vectors."""

from typing import Any

from evergraph.api import embedding_ops, math_ops
from evergraph.api.variable_scope import variable_scope
from evergraph.base.export import export
from evergraph.graph.composite import SparseTensor
from evergraph.graph.tensor import Tensor
from evergraph.library.contrib.framework.variables import model_variable
from evergraph.library.contrib.layers import embedding_ops as contrib_embedding_ops
from evergraph.library.contrib.layers import sparse_ops


@export("contrib.layers.bow_encoder")
def bow_encoder(
    ids: Any,
    vocab_size: int,
    embed_dim: int,
    sparse_lookup: bool = True,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: bool | None = None,
) -> Tensor:
    """The mean vector of the ids of each row. Stands for `tf.contrib.layers.bow_encoder`.

    Args:
      ids: [rows, ids], dense or sparse; 0 is no id for a sparse lookup.
      vocab_size, embed_dim: the shape of the variable "embeddings".
      sparse_lookup: whether ids that are 0 or missing do not count.
      initializer, regularizer, trainable: of the variable.
      scope: the variable scope; default: "bow_encoder".
      reuse: whether the variable is found in the scope rather than made.

    Raises:
      ValueError: a size is missing.
      TypeError: the ids are sparse for a dense lookup.
    """
    if not vocab_size or not embed_dim:
        raise ValueError("Must specify vocab size and embedding dimension")
    with variable_scope(scope, "bow_encoder", [ids], reuse=reuse):
        embeddings = model_variable(
            "embeddings",
            shape=[vocab_size, embed_dim],
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
        )
        sparse = isinstance(ids, SparseTensor)
        if sparse_lookup:
            sparse_ids = ids if sparse else sparse_ops.dense_to_sparse_tensor(ids)
            return contrib_embedding_ops.safe_embedding_lookup_sparse(
                [embeddings], sparse_ids, combiner="mean", default_id=0
            )
        if sparse:
            raise TypeError("ids are expected to be dense Tensor, got: %s", ids)
        return math_ops.reduce_mean(embedding_ops.embedding_lookup(embeddings, ids), axis=1)


@export("contrib.layers.embed_sequence")
def embed_sequence(
    ids: Any,
    vocab_size: int | None = None,
    embed_dim: int | None = None,
    unique: bool = False,
    initializer: Any = None,
    regularizer: Any = None,
    trainable: bool = True,
    scope: Any = None,
    reuse: bool | None = None,
) -> Tensor:
    """The vector of each id. Stands for `tf.contrib.layers.embed_sequence`.

    Args:
      ids: an integer tensor.
      vocab_size, embed_dim: the shape of the variable "embeddings"; not needed to find it.
      unique: whether each id is looked up once only.
      initializer, regularizer, trainable: of the variable.
      scope: the variable scope; default: "EmbedSequence".
      reuse: whether the variable is found in the scope rather than made.

    Raises:
      ValueError: a size of a new variable is missing.
    """
    if not (reuse or (vocab_size and embed_dim)):
        raise ValueError(
            "Must specify vocab size and embedding dimension when not reusing. Got "
            f"vocab_size={vocab_size} and embed_dim={embed_dim}"
        )
    with variable_scope(scope, "EmbedSequence", [ids], reuse=reuse):
        known = embed_dim is not None and not (reuse and vocab_size is None)
        embeddings = model_variable(
            "embeddings",
            shape=[vocab_size, embed_dim] if known else None,
            initializer=initializer,
            regularizer=regularizer,
            trainable=trainable,
        )
        if unique:
            return contrib_embedding_ops.embedding_lookup_unique(embeddings, ids)
        return embedding_ops.embedding_lookup(embeddings, ids)
