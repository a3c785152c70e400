"""Running sums and products round as TensorFlow 1.15.5, whose values these are, does: each step."""

import pytest

import evergraph as tf

LAST = {
    "float32": (999.9029, 999.8029, 13296.79),
    "float16": (256.0, 256.0, 8320.0),
    "complex64": (999.9029, 999.8029, 13296.79),
    "float64": (1000.0000149011612, 999.9000148996711, 13301.751756936928),
}


@pytest.mark.parametrize("name", LAST)
def test_each_step_is_rounded(name: str) -> None:
    dtype = tf.as_dtype(name)
    with tf.Graph().as_default(), tf.Session() as session:
        tenths = tf.placeholder(dtype, [None])
        ends = [
            tf.cumsum(tenths)[-1],
            tf.cumsum(tenths, exclusive=True, reverse=True)[0],
            tf.cumprod(tenths + tf.cast(0.90095, dtype))[-1],
        ]
        found = session.run(ends, {tenths: session.run(tf.cast(tf.fill([10000], 0.1), dtype))})
    assert found == pytest.approx(LAST[name], rel=1e-7)
