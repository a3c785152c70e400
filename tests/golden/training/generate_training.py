"""Writes training_ops.json: what TensorFlow 1.15's optimizer ops compute. Run under TensorFlow
1.15.

python tests/golden/training/generate_training.py
"""

import json
import os

import numpy as np
import tensorflow as tf
from tensorflow.python.training import gen_training_ops

tf.logging.set_verbosity("ERROR")

STEPS = 3
SHAPE = (4, 3)

# rule: (slots with their initial values, hyperparameters in the dense op's order ("grad" among
# them), attrs, whether there is a sparse op)
RULES = {
    "gradient_descent": ((), ["alpha=0.1", "delta"], {}, False),
    "proximal_gradient_descent": ((), ["alpha=0.1", "l1=0.05", "l2=0.2", "delta"], {}, True),
    "proximal_gradient_descent/no_l1": ((), ["alpha=0.1", "l1=0.", "l2=0.2", "delta"], {}, True),
    "adagrad": ((0.1,), ["lr=0.1", "grad"], {}, True),
    "adagrad/fixed": ((0.1,), ["lr=0.1", "grad"], {"update_slots": False}, True),
    "adagrad_v2": ((0.1,), ["lr=0.1", "epsilon=0.01", "grad"], {}, True),
    "proximal_adagrad": ((0.1,), ["lr=0.1", "l1=0.05", "l2=0.2", "grad"], {}, True),
    "adagrad_da": ((0.0, 0.1), ["grad", "lr=0.1", "l1=0.05", "l2=0.2", "global_step"], {}, True),
    "adadelta": ((0.0, 0.0), ["lr=1.5", "rho=0.9", "epsilon=1e-3", "grad"], {}, True),
    "momentum": ((0.0,), ["lr=0.1", "grad", "momentum=0.9"], {}, True),
    "momentum/nesterov": ((0.0,), ["lr=0.1", "grad", "momentum=0.9"], {"use_nesterov": True}, True),
    "keras_momentum": ((0.0,), ["lr=0.1", "grad", "momentum=0.9"], {}, True),
    "keras_momentum/nesterov": (
        (0.0,),
        ["lr=0.1", "grad", "momentum=0.9"],
        {"use_nesterov": True},
        True,
    ),
    "adam": (
        (0.0, 0.0),
        ["beta1_power", "beta2_power", "lr=0.1", "beta1=0.9", "beta2=0.99", "epsilon=1e-3", "grad"],
        {},
        False,
    ),
    "adam/nesterov": (
        (0.0, 0.0),
        ["beta1_power", "beta2_power", "lr=0.1", "beta1=0.9", "beta2=0.99", "epsilon=1e-3", "grad"],
        {"use_nesterov": True},
        False,
    ),
    "adam_with_amsgrad": (
        (0.0, 0.0, 0.0),
        ["beta1_power", "beta2_power", "lr=0.1", "beta1=0.9", "beta2=0.99", "epsilon=1e-3", "grad"],
        {},
        False,
    ),
    "ada_max": (
        (0.0, 0.0),
        ["beta1_power", "lr=0.1", "beta1=0.9", "beta2=0.99", "epsilon=1e-3", "grad"],
        {},
        False,
    ),
    "rms_prop": (
        (1.0, 0.0),
        ["lr=0.1", "rho=0.9", "momentum=0.5", "epsilon=1e-3", "grad"],
        {},
        True,
    ),
    "centered_rms_prop": (
        (0.0, 1.0, 0.0),
        ["lr=0.1", "rho=0.9", "momentum=0.5", "epsilon=1e-3", "grad"],
        {},
        True,
    ),
    "add_sign": ((0.0,), ["lr=0.1", "alpha=1.", "sign_decay=0.8", "beta=0.9", "grad"], {}, False),
    "power_sign": (
        (0.0,),
        ["lr=0.1", "logbase=1.", "sign_decay=0.8", "beta=0.9", "grad"],
        {},
        False,
    ),
    "ftrl": ((0.1, 0.0), ["grad", "lr=0.1", "l1=0.05", "l2=0.2", "lr_power=-0.5"], {}, True),
    "ftrl/power": ((0.1, 0.0), ["grad", "lr=0.1", "l1=0.05", "l2=0.2", "lr_power=-0.7"], {}, True),
    "ftrl_v2": (
        (0.1, 0.0),
        ["grad", "lr=0.1", "l1=0.05", "l2=0.2", "l2_shrinkage=0.3", "lr_power=-0.5"],
        {},
        True,
    ),
}


def values(seed, shape):
    return np.random.RandomState(seed).randn(*shape).round(3)


def arguments(names, grad, dtype, step):
    """Inputs after the slots, in order."""
    found = []
    for name in names:
        key, _, number = name.partition("=")
        if key in ("grad", "delta"):
            found.append(tf.constant(grad, dtype))
        elif key == "global_step":
            found.append(tf.constant(step + 1, tf.int64))
        elif key == "beta1_power":
            found.append(tf.constant(0.9 ** (step + 1), dtype))
        elif key == "beta2_power":
            found.append(tf.constant(0.99 ** (step + 1), dtype))
        else:
            found.append(tf.constant(float(number), dtype))
    return found


def run(rule, dtype, sparse, resource):
    slots, names, attrs, _ = RULES[rule]
    prefix = ("resource_" if resource else "") + ("sparse_" if sparse else "")
    op = getattr(gen_training_ops, prefix + "apply_" + rule.split("/")[0])
    rows = 5 if sparse else SHAPE[0]
    with tf.Graph().as_default(), tf.Session() as sess:
        start = [values(0, SHAPE)] + [np.full(SHAPE, s) for s in slots]
        cells = [tf.Variable(tf.constant(x, dtype), use_resource=resource, name="v") for x in start]
        sess.run(tf.global_variables_initializer())
        refs = [c.handle if resource else c._ref() for c in cells]
        for step in range(STEPS):
            grad = values(step + 1, (rows, SHAPE[1]))
            args = arguments(names, grad, dtype, step)
            if sparse:
                at = [n in ("grad", "delta") for n in names].index(True)
                args.insert(at + 1, tf.constant([2, 0, 2, 3, 2]))
            sess.run(op(*(refs + args), **attrs))
        return [np.asarray(x, np.float64).ravel().tolist() for x in sess.run(cells)]


def main():
    results = []
    for rule, (slots, names, attrs, has_sparse) in sorted(RULES.items()):
        resource = rule.startswith(("keras", "adam_with"))
        for dtype in ("float32", "float64", "float16"):
            for sparse in (False, True) if has_sparse else (False,):
                try:
                    found = run(rule, tf.as_dtype(dtype), sparse, resource)
                except tf.errors.InvalidArgumentError:
                    continue  # no kernel for that element type
                results.append(
                    {
                        "rule": rule,
                        "slots": slots,
                        "arguments": names,
                        "attrs": attrs,
                        "dtype": dtype,
                        "sparse": sparse,
                        "values": found,
                    }
                )
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "training_ops.json")
    with open(path, "w") as f:
        json.dump(results, f, indent=None, sort_keys=True)
        f.write("\n")


if __name__ == "__main__":
    main()
