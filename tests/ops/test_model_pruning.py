"""tf.contrib.model_pruning against TensorFlow."""

import pytest
from ops import case_runner

import evergraph as tf

CASES, GOLDEN = case_runner.load("model_pruning_cases")


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    case_runner.check(CASES[name], GOLDEN[name])


def test_training_makes_weights_zero(tmp_path) -> None:
    tf.reset_default_graph()
    pruning = tf.contrib.model_pruning
    step = tf.train.get_or_create_global_step()
    x = tf.random_normal([8, 10], seed=1)
    y = pruning.masked_fully_connected(x, 5, activation_fn=None)
    loss = tf.losses.mean_squared_error(x[:, :5], y)
    train_op = tf.contrib.slim.learning.create_train_op(
        loss, tf.train.GradientDescentOptimizer(0.1), global_step=step
    )
    hparams = pruning.get_pruning_hparams().parse(
        "pruning_frequency=2,sparsity_function_end_step=20,target_sparsity=0.8"
    )
    made = pruning.Pruning(hparams, global_step=step)
    update = made.conditional_mask_update_op()
    made.add_pruning_summaries()
    pruning.train(train_op, str(tmp_path), update, number_of_steps=30)
    reader = tf.train.load_checkpoint(str(tmp_path))
    mask = reader.get_tensor("fully_connected/mask")
    assert mask.mean() == pytest.approx(0.2, abs=0.03)
    assert reader.get_tensor("fully_connected/threshold") > 0

    tf.reset_default_graph()
    graph = pruning.graph_def_from_checkpoint(str(tmp_path), ["fully_connected/BiasAdd"])
    stripped = pruning.strip_pruning_vars_fn(graph, ["fully_connected/BiasAdd"])
    nodes = {node.name: node for node in stripped.node}
    assert not [name for name in nodes if "mask/read" in name or name.endswith("/mask")]
    kept = tf.make_ndarray(nodes["fully_connected/weights/masked_weight"].attr["value"].tensor)
    assert (kept == 0).mean() == pytest.approx(0.8, abs=0.03)
