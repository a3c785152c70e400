"""Networks of tf.keras: graphs, values, names, summaries, errors."""

from case_tools import Cases, fed, floats, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def dense(tf, units, **kwargs):
    return tf.keras.layers.Dense(units, kernel_initializer="ones", **kwargs)


def told(tf, model, *values):
    """Lines of the summary and names, as a constant."""
    lines = []
    model.summary(print_fn=lines.append)
    lines += [model.name, model.input_names, model.output_names, [w.name for w in model.weights]]
    lines += [[layer.name for layer in model.layers], model.count_params()]
    lines += [[type(layer).__name__ for layer in model.layers], model.output_shape]
    return [*values, tf.constant([str(line) for line in lines])]


@case
def functional(tf):
    x = tf.keras.Input(shape=(3,))
    hidden = dense(tf, 4, activation="relu")(x)
    left, right = dense(tf, 2)(hidden), dense(tf, 2, activation="tanh")(hidden)
    model = tf.keras.Model(inputs=x, outputs=[tf.keras.layers.add([left, right]), left])
    first, second = model(tf.constant(waves(2, 3)))
    return told(tf, model, first, second)


@case
def sequential(tf):
    layers = [tf.keras.layers.Flatten(input_shape=(4, 3)), dense(tf, 5, activation="relu")]
    model = tf.keras.models.Sequential(layers)
    model.add(tf.keras.layers.Dropout(0.2, seed=3))
    model.add(dense(tf, 3, activation="softmax"))
    return told(tf, model, model(tf.constant(waves(2, 4, 3))))


@case
def sequential_late(tf):
    model = tf.keras.Sequential([dense(tf, 3), tf.keras.layers.Activation("tanh")], name="late")
    y = model(tf.constant(waves(2, 4)))
    return [y, tf.constant([w.name for w in model.weights])]


@case
def sequential_pop(tf):
    model = tf.keras.Sequential([dense(tf, 3, input_shape=(2,)), dense(tf, 4), dense(tf, 5)])
    model.pop()
    return told(tf, model, model(tf.constant(waves(2, 2))))


@case
def fed_input(tf):
    x = tf.keras.Input((3,), name="given")
    model = tf.keras.Model(x, dense(tf, 2)(x))
    return [model.output], {model.input: waves(2, 3)}


@case
def training(tf):
    x = tf.keras.Input((3,))
    y = tf.keras.layers.BatchNormalization()(tf.keras.layers.Dropout(0.5, seed=2)(x))
    model = tf.keras.Model(x, y)
    value = tf.constant(waves(4, 3))
    return [model(value, training=True), model(value, training=False), model(value)]


@case
def shared_layers(tf):
    first, second = tf.keras.Input((3,), name="first"), tf.keras.Input((3,), name="second")
    shared = dense(tf, 2, name="shared")
    y = tf.keras.layers.concatenate([shared(first), shared(second), dense(tf, 1)(second)])
    model = tf.keras.Model([first, second], y, name="twins")
    return told(tf, model, model([tf.constant(waves(2, 3)), tf.constant(floats(2, 3))]))


@case
def nested(tf):
    inner = tf.keras.Sequential([dense(tf, 4, input_shape=(3,)), dense(tf, 2)], name="inner")
    x = tf.keras.layers.Input(batch_shape=(2, 3))
    model = tf.keras.Model(x, dense(tf, 1)(inner(x)))
    model.trainable = False
    found = told(tf, model, model(tf.constant(waves(2, 3))))
    return [*found, tf.constant([len(model.trainable_weights), len(inner.trainable_weights)])]


@case
def subclassed(tf):
    class Own(tf.keras.Model):
        def __init__(self):
            super().__init__(name="own")
            self.first = dense(tf, 4, activation="relu")
            self.others = [dense(tf, 3), tf.keras.layers.Dropout(0.5, seed=1)]
            self.scale = tf.Variable(2.0, name="scale")

        def call(self, x, training=None):
            x = self.first(x)
            for layer in self.others:
                x = layer(x)
            return x * self.scale

    model = Own()
    y = model(tf.constant(waves(2, 5)), training=True)
    facts = [w.name for w in model.weights] + [w.name for w in model.trainable_weights]
    return [y, tf.constant(facts + [layer.name for layer in model.layers])]


@case
def gradient(tf):
    model = tf.keras.Sequential([dense(tf, 2, input_shape=(3,), kernel_regularizer="l2")])
    x, feed = fed(tf, waves(4, 3), [None, 3])
    loss = tf.reduce_mean(tf.square(model(x))) + tf.add_n(model.losses)
    return [loss, *tf.gradients(loss, model.trainable_weights)], feed


@case
def input_of_tensor(tf):
    x = tf.keras.Input(tensor=tf.constant(waves(2, 3)))
    return told(tf, tf.keras.Model(x, dense(tf, 2)(x)))


@case
def identity(tf):
    x = tf.keras.Input((2,))
    y = tf.keras.layers.Activation("linear")(x)
    return [y], {x: waves(3, 2)}


def missing_layer(tf):
    x = tf.keras.Input((2,))
    tf.keras.Model(x, dense(tf, 1)(x)).get_layer("nothing")


def disconnected(tf):
    x, other = tf.keras.Input((2,)), tf.keras.Input((2,))
    tf.keras.Model(x, dense(tf, 1)(other))


def same_names(tf):
    x = tf.keras.Input((2,))
    tf.keras.Model(x, dense(tf, 1, name="same")(dense(tf, 2, name="same")(x)))


def not_built(tf):
    tf.keras.Sequential([dense(tf, 2)]).summary()


simple(
    missing_layer=missing_layer,
    disconnected=disconnected,
    same_names=same_names,
    not_built=not_built,
    no_call=lambda tf: tf.keras.Model()(tf.constant(1.0)),
    no_shape=lambda tf: tf.keras.Input(),
    two_shapes=lambda tf: tf.keras.Input((2,), batch_shape=(1, 2)),
    wrong_dtype=lambda tf: tf.keras.Input(tensor=tf.constant(1.0), dtype="int32"),
    no_layer=lambda tf: tf.keras.Sequential([3]),
    pop_nothing=lambda tf: tf.keras.Sequential().pop(),
)
