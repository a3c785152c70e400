"""The network of TensorFlow's first tutorials for MNIST: two hidden layers, and its training.

Stands for the module `tensorflow.examples.tutorials.mnist.mnist`.
"""

import math

from evergraph.api import activations, arithmetic_ops, creation, random_ops, reduction_ops
from evergraph.api.product_ops import matmul
from evergraph.api.ranking_ops import in_top_k
from evergraph.api.variable_base import VariableV1
from evergraph.base import dtypes
from evergraph.graph.defaults import name_scope
from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor
from evergraph.library.losses.losses_impl import sparse_softmax_cross_entropy
from evergraph.library.summary.summary import scalar
from evergraph.library.train.gradient_descent import GradientDescentOptimizer

NUM_CLASSES = 10
IMAGE_SIZE = 28
IMAGE_PIXELS = IMAGE_SIZE * IMAGE_SIZE


def _layer(x: Tensor, n_in: int, n_out: int) -> Tensor:
    """A product and a bias, of new variables."""
    start = random_ops.truncated_normal([n_in, n_out], stddev=1.0 / math.sqrt(n_in))
    weights = VariableV1(start, name="weights")
    biases = VariableV1(creation.zeros([n_out]), name="biases")
    return matmul(x, weights) + biases


def inference(images: Tensor, hidden1_units: int, hidden2_units: int) -> Tensor:
    """The logits of images: float32, [batch, 10].

    Args:
      images: float32, [batch, 784].
      hidden1_units, hidden2_units: how wide the hidden layers are.
    """
    with name_scope("hidden1"):
        hidden1 = activations.relu(_layer(images, IMAGE_PIXELS, hidden1_units))
    with name_scope("hidden2"):
        hidden2 = activations.relu(_layer(hidden1, hidden1_units, hidden2_units))
    with name_scope("softmax_linear"):
        return _layer(hidden2, hidden2_units, NUM_CLASSES)


def loss(logits: Tensor, labels: Tensor) -> Tensor:
    """The mean cross entropy of logits, [batch, 10], and labels, integers, [batch]."""
    found: Tensor = sparse_softmax_cross_entropy(
        labels=arithmetic_ops.cast(labels, dtypes.int64), logits=logits
    )
    return found


def training(loss: Tensor, learning_rate: float) -> Operation:
    """The operation of a step of gradient descent, which counts steps; the loss has a summary."""
    scalar("loss", loss)
    optimizer = GradientDescentOptimizer(learning_rate)
    global_step = VariableV1(0, name="global_step", trainable=False)
    return optimizer.minimize(loss, global_step=global_step)


def evaluation(logits: Tensor, labels: Tensor) -> Tensor:
    """How many of the largest logits are those of the labels: a scalar, int32."""
    correct = in_top_k(logits, labels, 1)
    return reduction_ops.reduce_sum_v1(arithmetic_ops.cast(correct, dtypes.int32))
