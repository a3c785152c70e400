"""tf.keras.losses and optimizers: graphs, values, configurations, errors."""

import numpy as np
from case_tools import Cases, floats, grad_of, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple

CHANCES = np.array([[0.2, 0.5, 0.3], [0.0, 0.9, 0.1]], np.float32)
CLASSES = np.array([[1], [2]], np.int32)
TARGETS = np.array([[0, 1, 0], [0, 0.25, 0.75]], np.float32)


def loss(name, target, value, activation=None, **arguments):
    def function(tf):
        x = tf.constant(value)
        y = getattr(tf.nn, activation)(x) if activation else x
        found = getattr(tf.keras.losses, name)(tf.constant(target), y, **arguments)
        return grad_of(tf, found, [x])

    return function


def loss_object(name, target, value, weight=None, **arguments):
    def function(tf):
        made = getattr(tf.keras.losses, name)(**arguments)
        given = {} if weight is None else {"sample_weight": tf.constant(weight)}
        facts = tf.constant(str(sorted(made.get_config().items())))
        return [made(tf.constant(target), tf.constant(value), **given), facts]

    return function


PAIRS = [
    ("mean_squared_error", "MeanSquaredError", TARGETS, CHANCES),
    ("mean_absolute_error", "MeanAbsoluteError", TARGETS, CHANCES),
    ("categorical_crossentropy", "CategoricalCrossentropy", TARGETS, CHANCES),
    ("binary_crossentropy", "BinaryCrossentropy", TARGETS, CHANCES),
    ("sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", CLASSES, CHANCES),
    ("mape", "MeanAbsolutePercentageError", TARGETS, CHANCES),
    ("msle", "MeanSquaredLogarithmicError", TARGETS, CHANCES),
    ("hinge", "Hinge", TARGETS, CHANCES),
    ("squared_hinge", "SquaredHinge", np.sign(TARGETS - 0.3), CHANCES),
    ("categorical_hinge", "CategoricalHinge", TARGETS, CHANCES),
    ("logcosh", "LogCosh", TARGETS, CHANCES),
    ("kld", "KLDivergence", TARGETS, CHANCES),
    ("poisson", "Poisson", TARGETS, CHANCES),
    ("cosine", "CosineSimilarity", TARGETS, CHANCES),
]
for _name, _class, _target, _value in PAIRS:
    CASES[_name] = loss(_name, _target, _value)
    CASES[_class] = loss_object(_class, _target, _value)
    CASES[_class + "_weighted"] = loss_object(
        _class, _target, _value, np.array([0.5, 2], np.float32), reduction="sum"
    )
    CASES[_class + "_single"] = loss_object(_class, _target, _value, reduction="none")
    if "crossentropy" in _name:
        CASES[_name + "_logits"] = loss(_name, _target, waves(2, 3), from_logits=True)
        _activation = "sigmoid" if "binary" in _name else "softmax"
        CASES[_name + "_activated"] = loss(_name, _target, waves(2, 3), _activation)
    if "sparse" not in _name and "crossentropy" in _name:
        CASES[_name + "_smooth"] = loss(_name, _target, _value, label_smoothing=0.1)

CASES["Huber"] = loss_object("Huber", TARGETS, CHANCES, delta=0.3)
CASES["Huber_default"] = loss_object("Huber", 3 * TARGETS, CHANCES)


def trained(name, decay_type=None, sparse=False, constraint=None, **arguments):
    """Variables after a step; the gradients are constants."""

    def function(tf):
        arguments_made = {k: v(tf) if callable(v) else v for k, v in arguments.items()}
        optimizer = getattr(tf.keras.optimizers, name)(**arguments_made)
        v = tf.Variable(waves(3, 2), use_resource=True, name="v", constraint=constraint)
        w = tf.Variable(waves(2), use_resource=True, name="w")
        x = tf.gather(v, [2, 0, 2]) if sparse else v
        value = tf.reduce_sum(x * tf.constant(floats(3, 2) - 2)) + tf.reduce_sum(w * 3)
        with tf.control_dependencies(optimizer.get_updates(value, [v, w])):
            after = [x.read_value() for x in [v, w, *optimizer.weights]]
        names = [x.name for x in optimizer.weights] + [x.name for x in tf.global_variables()]
        return [*after, tf.constant(names)]

    return function


def config(_kind, **arguments):
    def function(tf):
        made = getattr(tf.keras.optimizers, _kind)(**arguments)
        text = str(sorted(made.get_config().items()))
        again = type(made).from_config(made.get_config())
        return [tf.constant([text, str(sorted(again.get_config().items()))])]

    return function


simple(
    sgd=trained("SGD"),
    sgd_sparse=trained("SGD", sparse=True),
    sgd_momentum=trained("SGD", learning_rate=0.1, momentum=0.9),
    sgd_momentum_sparse=trained("SGD", learning_rate=0.1, momentum=0.9, nesterov=True, sparse=True),
    sgd_decay=trained("SGD", lr=0.1, decay=0.5),
    sgd_schedule=trained(
        "SGD",
        learning_rate=lambda tf: tf.keras.optimizers.schedules.ExponentialDecay(0.5, 10, 0.5),
    ),
    sgd_clipnorm=trained("SGD", learning_rate=1.0, clipnorm=0.5),
    sgd_clipvalue=trained("SGD", learning_rate=1.0, clipvalue=0.5),
    sgd_constraint=trained("SGD", constraint=lambda x: x * 0.5),
    adam=trained("Adam"),
    adam_sparse=trained("Adam", sparse=True),
    adam_settings=trained("Adam", learning_rate=0.1, beta_1=0.8, beta_2=0.9, epsilon=1e-3),
    sgd_config=config("SGD", learning_rate=0.5, momentum=0.9, clipnorm=1.0),
    adam_config=config("Adam", lr=0.5, name="mine"),
    unknown_argument=lambda tf: tf.keras.optimizers.SGD(rate=1.0),
    negative_argument=lambda tf: tf.keras.optimizers.SGD(lr=-1.0),
    wrong_momentum=lambda tf: tf.keras.optimizers.SGD(momentum=2.0),
    unknown_optimizer=lambda tf: tf.keras.optimizers.get("nothing"),
    unknown_loss=lambda tf: tf.keras.losses.get("nothing"),
    no_gradient=lambda tf: tf.keras.optimizers.SGD().get_updates(
        tf.constant(1.0), [tf.Variable(1.0, name="v")]
    ),
)


@case
def by_name(tf):
    found = [tf.keras.optimizers.get("sgd"), tf.keras.optimizers.get("Adam")]
    return [tf.constant([type(x).__name__ for x in found])]


for _sparse in (False, True):
    _end = "_sparse" if _sparse else ""
    CASES["rmsprop" + _end] = trained("RMSprop", sparse=_sparse)
    CASES["rmsprop_centered" + _end] = trained("RMSprop", sparse=_sparse, centered=True, decay=0.5)
    CASES["rmsprop_momentum" + _end] = trained("RMSprop", sparse=_sparse, momentum=0.5, rho=0.8)
    CASES["rmsprop_both" + _end] = trained("RMSprop", sparse=_sparse, momentum=0.5, centered=True)
    CASES["adagrad" + _end] = trained("Adagrad", sparse=_sparse, learning_rate=0.5)
    CASES["adadelta" + _end] = trained("Adadelta", sparse=_sparse, learning_rate=1.0, rho=0.5)

simple(
    rmsprop_config=config("RMSprop", rho=0.5, centered=True),
    adagrad_config=config("Adagrad", initial_accumulator_value=0.25),
    adadelta_config=config("Adadelta", epsilon=0.5),
    adagrad_negative=lambda tf: tf.keras.optimizers.Adagrad(initial_accumulator_value=-1.0),
    rmsprop_momentum_of_two=lambda tf: tf.keras.optimizers.RMSprop(momentum=2.0),
    more_by_name=lambda tf: [
        tf.constant(
            [type(tf.keras.optimizers.get(x)).__name__ for x in ("rmsprop", "Adagrad", "adadelta")]
        )
    ],
)
