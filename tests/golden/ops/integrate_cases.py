"""`tf.contrib.integrate`."""

import numpy as np
from case_tools import Cases, floats

CASES = Cases()
simple = CASES.simple


def decay(y, t):
    return -y


def driven(tf):
    return lambda y, t: tf.cast(tf.sin(t), y.dtype) - y / 2


def told(result):
    y, info = result
    return [y] + [info[name] for name in sorted(info)]


def odeint(tf, *args, **kwargs):
    return [tf.contrib.integrate.odeint(*args, **kwargs)]


def fixed(tf, *args, **kwargs):
    return [tf.contrib.integrate.odeint_fixed(*args, **kwargs)]


def with_gradient(tf, y0, solve):
    y0 = tf.constant(y0)
    y = solve(y0)
    return [y] + tf.gradients(y, [y0])


def unknown(tf, solve):
    y0 = tf.placeholder(tf.float32, [None, 2])
    t = tf.placeholder(tf.float32, [None])
    return [solve(y0, t)], {y0: floats(3, 2), t: np.float32([0, 0.5, 2])}


simple(
    exponential=lambda tf: odeint(tf, decay, 1.0, [0, 1, 2]),
    full=lambda tf: told(
        tf.contrib.integrate.odeint(driven(tf), np.ones(2), [0.0, 0.5, 3.0], full_output=True)
    ),
    complex=lambda tf: odeint(
        tf, lambda y, t: 1j * y, tf.constant([1.0, 2j], tf.complex128), np.linspace(0.0, 2.0, 4)
    ),
    options=lambda tf: told(
        tf.contrib.integrate.odeint(
            driven(tf),
            np.float64(floats(2, 2)),
            tf.constant([0.5, 1.0, 4.0], tf.float64),
            rtol=1e-3,
            atol=1e-4,
            method="dopri5",
            options={"first_step": 0.1, "safety": 0.8, "ifactor": 3.0, "dfactor": 0.5},
            full_output=True,
            name="solved",
        )
    ),
    options_steps=lambda tf: odeint(
        tf, decay, 1.0, [0.0, 9.0], method="dopri5", options={"max_num_steps": 3}
    ),
    unknown=lambda tf: unknown(
        tf, lambda y0, t: tf.contrib.integrate.odeint(decay, y0, t, rtol=1e-4)
    ),
    falling=lambda tf: odeint(tf, decay, 1.0, [0.0, 2.0, 1.0]),
    underflow=lambda tf: odeint(
        tf, decay, 1.0, [1.0, 2.0], method="dopri5", options={"first_step": 1e-30}
    ),
    not_finite=lambda tf: odeint(tf, lambda y, t: y / 0.0, 1.0, [0.0, 2.0]),
    method=lambda tf: odeint(tf, decay, 1.0, [0.0, 1.0], method="euler"),
    options_alone=lambda tf: odeint(tf, decay, 1.0, [0.0, 1.0], options={}),
    integer_state=lambda tf: odeint(tf, decay, 1, [0.0, 1.0]),
    integer_times=lambda tf: odeint(tf, decay, 1.0, tf.constant([0, 1])),
    rk4=lambda tf: with_gradient(
        tf, floats(2), lambda y0: fixed(tf, driven(tf), y0, [0.0, 0.5, 2.0])[0]
    ),
    rk4_steps=lambda tf: fixed(tf, driven(tf), np.ones(2), [0.0, 0.5, 2.0], 0.2),
    rk4_each=lambda tf: fixed(tf, driven(tf), 1.0, [0.0, 0.5, 2.0], [0.1, 0.5], name="solved"),
    midpoint=lambda tf: with_gradient(
        tf,
        floats(2),
        lambda y0: fixed(tf, driven(tf), y0, [0.0, 0.5, 2.0], 0.25, method="midpoint")[0],
    ),
    fixed_unknown=lambda tf: unknown(
        tf, lambda y0, t: tf.contrib.integrate.odeint_fixed(decay, y0, t)
    ),
    fixed_falling=lambda tf: fixed(tf, decay, 1.0, [0.0, 2.0, 1.0]),
    fixed_method=lambda tf: fixed(tf, decay, 1.0, [0.0, 2.0], method="euler"),
    fixed_sizes=lambda tf: fixed(tf, decay, 1.0, [0.0, 1.0, 2.0], np.ones((2, 2))),
    fixed_lengths=lambda tf: fixed(tf, decay, 1.0, np.ones((2, 2)), 0.5),
    fixed_integers=lambda tf: fixed(tf, decay, 1, [0.0, 1.0]),
)
