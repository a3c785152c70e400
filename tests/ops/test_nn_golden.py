"""Values and gradients of neural network functions against the shared golden file, where it is at
hand."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import evergraph as tf

VALUES = Path(__file__).resolve().parents[3] / "shared" / "golden" / "values"
NAMES = """
    act_crelu act_elu act_leaky_relu act_relu act_relu6 act_selu act_sigmoid act_softplus
    act_softsign
    act_swish act_tanh batch_normalization dropout_seeded in_top_k l2_normalize log_softmax moments
    sigmoid_ce softmax softmax_ce_v1 softmax_ce_v2 sparse_softmax_ce top_k weighted_ce
    argmaxpool_SAME argmaxpool_VALID atrous_conv2d avgpool_SAME_s1 avgpool_SAME_s2 avgpool_SAME_s3
    avgpool_VALID_s1 avgpool_VALID_s2 avgpool_VALID_s3 conv1d_SAME conv1d_VALID conv2d_SAME_dil2
    conv2d_SAME_s1 conv2d_SAME_s2 conv2d_SAME_s3 conv2d_VALID_dil2 conv2d_VALID_s1 conv2d_VALID_s2
    conv2d_VALID_s3 conv2d_explicit conv2d_f64 conv3d_SAME conv3d_VALID depthwise_SAME_s1
    depthwise_SAME_s2 depthwise_VALID_s1 depthwise_VALID_s2 fused_batch_norm_infer
    fused_batch_norm_train lrn_0 lrn_4 maxpool_SAME_s1 maxpool_SAME_s2 maxpool_SAME_s3
    maxpool_VALID_s1 maxpool_VALID_s2 maxpool_VALID_s3 maxpool_ties separable_SAME separable_VALID
    transpose_SAME_s1 transpose_SAME_s2 transpose_SAME_s3 transpose_VALID_s2
""".split()

pytestmark = pytest.mark.skipif(
    not (VALUES / "nn.npz").exists(), reason="needs shared/golden/values beside the repository"
)


@pytest.mark.parametrize("name", NAMES)
def test_values_and_gradients(name: str) -> None:
    described = json.loads((VALUES / "nn.json").read_text())[name]
    with np.load(VALUES / "nn.npz") as arrays:
        data = {
            key.removeprefix(f"{name}/"): arrays[key]
            for key in arrays.files
            if key.startswith(f"{name}/")
        }
    with tf.Graph().as_default(), tf.Session() as session:
        inputs: Any = {
            key.removeprefix("in/"): tf.constant(value)
            for key, value in data.items()
            if key.startswith("in/")
        }
        # Behind the call stands a remark.
        call = re.match(r"(.*\))", described["call"])[1].split(": no")[0]  # type: ignore[index]
        outputs = eval(call, {"tf": tf}, inputs)
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        sources = described.get("gradients", [])
        weighted = [output * data[f"w/{i}"] for i, output in enumerate(outputs) if f"w/{i}" in data]
        gradients = tf.gradients(weighted, [inputs[s] for s in sources]) if sources else []
        # One after the other, as the file was made: dropout draws anew.
        found = session.run(outputs)
        slopes = session.run(gradients) if gradients else []
    for i, value in enumerate(found[: described["outputs"]]):
        np.testing.assert_allclose(value, data[f"out/{i}"], rtol=1e-5, atol=1e-6)
    for source, slope in zip(sources, slopes, strict=True):
        np.testing.assert_allclose(slope, data[f"grad/{source}"], rtol=1e-4, atol=1e-5)
