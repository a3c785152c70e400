"""What TensorFlow 1.15's seeded random ops draw, twice in a row; run it under TensorFlow 1.15."""

import os

import numpy as np
import tensorflow as tf

OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "random_kernels.npz")
RAW = tf.raw_ops
SEED, SEED2 = 87654321, 7
S = dict(seed=SEED, seed2=SEED2)


def cases():
    """name -> function that builds the output tensor of one op."""
    c = {}
    for dtype in (tf.float16, tf.bfloat16, tf.float32, tf.float64):
        for op in ("RandomUniform", "RandomStandardNormal", "TruncatedNormal"):
            for n in (1, 3, 258):
                c[f"{op} {dtype.name} {n}"] = lambda op=op, dtype=dtype, n=n: getattr(RAW, op)(
                    shape=[n], dtype=dtype, **S
                )
        for stateless in (
            "StatelessRandomUniform",
            "StatelessRandomNormal",
            "StatelessTruncatedNormal",
        ):
            c[f"{stateless} {dtype.name} 11"] = lambda op=stateless, dtype=dtype: getattr(RAW, op)(
                shape=[11], seed=tf.constant([-5, 2**40 + 3], tf.int64), dtype=dtype
            )
            c[f"{stateless} {dtype.name} 11 int32 seed"] = lambda op=stateless, dtype=dtype: (
                getattr(RAW, op)(shape=[11], seed=tf.constant([-5, 7]), dtype=dtype)
            )
    for dtype, lo, hi in (
        (tf.int32, -5, 100),
        (tf.int32, -(2**31), 2**31 - 1),
        (tf.int64, -5, 100),
        (tf.int64, -(2**63), 2**63 - 1),
    ):
        lo_, hi_ = np.array([lo, hi], dtype.as_numpy_dtype)
        c[f"RandomUniformInt {dtype.name} {lo} {hi}"] = lambda lo=lo_, hi=hi_: RAW.RandomUniformInt(
            shape=[101], minval=lo, maxval=hi, **S
        )
        c[f"StatelessRandomUniformInt {dtype.name} {lo} {hi}"] = lambda lo=lo_, hi=hi_: (
            RAW.StatelessRandomUniformInt(shape=[11], seed=[2, 3], minval=lo, maxval=hi)
        )
    logits = np.log([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1], [1e-9, 0.5, 0.5, 1e-9]])
    logits[2, 0] = -np.inf
    for dtype in (np.float16, np.float32, np.float64):
        for n in (1, 6, 97):
            x = logits.astype(dtype)
            c[f"Multinomial {np.dtype(dtype).name} {n}"] = lambda x=x, n=n: RAW.Multinomial(
                logits=x, num_samples=n, output_dtype=tf.int64, **S
            )
            c[f"StatelessMultinomial {np.dtype(dtype).name} {n}"] = lambda x=x, n=n: (
                RAW.StatelessMultinomial(
                    logits=x, num_samples=n, seed=[2, 3], output_dtype=tf.int32
                )
            )
    for dtype in (np.float16, np.float32, np.float64):
        alpha = np.array([[0.05, 0.5, 1.0], [1.3, 7.0, 900.0]], dtype)
        c[f"RandomGamma {np.dtype(dtype).name}"] = lambda a=alpha: RAW.RandomGamma(
            shape=[50, 2], alpha=a, **S
        )
        rate = np.array([0.0, 0.3, 1.0, 9.9, 10.0, 11.5, 400.0, 60000.0], dtype)
        c[f"RandomPoissonV2 {np.dtype(dtype).name}"] = lambda r=rate, d=dtype: RAW.RandomPoissonV2(
            shape=[100], rate=r, dtype=d, **S
        )
    c["RandomPoissonV2 int32"] = lambda: RAW.RandomPoissonV2(
        shape=[2, 3], rate=tf.constant([3, 30]), dtype=tf.int64, **S
    )
    for n in (1, 2, 5, 300):
        c[f"RandomShuffle {n}"] = lambda n=n: RAW.RandomShuffle(value=tf.range(n), **S)
    for dtype in (np.float16, np.float32, np.float64):
        name = np.dtype(dtype).name
        for label, args in TRUNCATED.items():
            shape, values = args[0], [np.array(v, dtype) for v in args[1:]]
            c[f"ParameterizedTruncatedNormal {name} {label}"] = lambda s=shape, v=values: (
                RAW.ParameterizedTruncatedNormal(
                    shape=s, means=v[0], stdevs=v[1], minvals=v[2], maxvals=v[3], **S
                )
            )
    return c


INF = np.inf
TRUNCATED = {
    "wide": ([7, 30], 0.5, 2.0, -3.0, 5.0),
    "uniform": ([210], 0.0, 1.0, -0.5, 0.7),
    "uniform right": ([210], 0.0, 1.0, 1.0, 1.5),
    "exponential": ([210], 0.0, 1.0, 3.0, INF),
    "exponential left": ([210], 0.0, 1.0, -INF, -3.0),
    "one-sided": ([210], 1.0, 3.0, 0.0, INF),
    "per batch": (
        [4, 9],
        [0.0, 1.0, 2.0, 3.0],
        [1.0, 2.0, 0.5, 1.0],
        [-1.0, -INF, 0.0, 5.0],
        [1.0, 0.0, INF, 9.0],
    ),
    "vector of one": ([3, 50], [0.0], [1.0], [-1.0], [1.0]),
}


def main():
    values = {}
    for name, build in cases().items():
        with tf.Graph().as_default():
            try:
                t = build()
                with tf.Session() as s:
                    runs = [s.run(t) for _ in range(2)]
            except tf.errors.OpError as e:
                print(name, "->", e.message.splitlines()[0][:150])
                continue
            if runs[0].dtype == tf.bfloat16.as_numpy_dtype:
                runs = [r.astype(np.float32) for r in runs]
            values[name] = np.stack(runs)
    # Every 997th of a million, the whole being too large to keep.
    for op in ("RandomUniform", "RandomStandardNormal", "TruncatedNormal"):
        with tf.Graph().as_default(), tf.Session() as s:
            t = getattr(RAW, op)(shape=[1000000], dtype=tf.float32, **S)
            values[op + " million"] = np.stack([s.run(t)[::997] for _ in range(2)])
    np.savez_compressed(OUT, **values)


if __name__ == "__main__":
    main()
