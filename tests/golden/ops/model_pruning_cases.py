"""tf.contrib.model_pruning: layers with masks, and masks made anew."""

import numpy as np

CASES = {}


def case(name):
    def keep(build):
        CASES[name] = build
        return build

    return keep


def wave(tf, *shape):
    return tf.constant(np.sin(np.arange(np.prod(shape)) * 1.3).reshape(shape), tf.float32)


def weights(tf, name, *shape):
    values = np.sin(np.arange(np.prod(shape)) * 1.7).reshape(shape).astype(np.float32)
    return tf.get_variable(name, shape, tf.float32, initializer=tf.constant_initializer(values))


@case("masked_conv2d")
def _(tf):
    layers = tf.contrib.model_pruning
    with tf.variable_scope("", initializer=tf.constant_initializer(0.3)):
        y = layers.masked_conv2d(
            wave(tf, 2, 5, 5, 3), 4, [3, 3], stride=2, weights_initializer=None, scope="c"
        )
    return [y, *layers.get_masks(), *layers.get_thresholds(), *layers.get_masked_weights()]


@case("masked_fully_connected")
def _(tf):
    layers = tf.contrib.model_pruning
    with tf.variable_scope("", initializer=tf.constant_initializer(0.3)):
        x = wave(tf, 2, 6)
        y = layers.masked_fully_connected(x, 4, weights_initializer=None)
        z = layers.masked_fully_connected(
            y, 3, weights_initializer=None, activation_fn=None, biases_initializer=None
        )
    grads = tf.gradients(z, tf.trainable_variables())
    return [y, z, *grads, *layers.get_masks(), *layers.get_masked_weights()]


@case("apply_mask")
def _(tf):
    pruning = tf.contrib.model_pruning
    masked = pruning.apply_mask(weights(tf, "w", 3, 4), "scope")
    return [masked, *pruning.get_weights(), *pruning.get_weight_sparsity()]


@case("hparams")
def _(tf):
    values = tf.contrib.model_pruning.get_pruning_hparams().values()
    return [tf.constant(str(sorted(values.items())))]


def pruned(name, spec, shapes=((4, 6), (3, 3)), steps=1, partitions=None):
    def build(tf):
        pruning = tf.contrib.model_pruning
        step = tf.Variable(60, trainable=False, name="step")
        for i, shape in enumerate(shapes):
            pruning.apply_mask(weights(tf, f"w{i}", *shape), f"s{i}")
        hparams = pruning.get_pruning_hparams().parse(spec)
        made = pruning.Pruning(hparams, global_step=step)
        update = made.conditional_mask_update_op()
        found = []
        for _ in range(steps):
            with tf.control_dependencies([update]):
                masks = [tf.identity(mask.read_value()) for mask in pruning.get_masks()]
                found += masks + [t.read_value() for t in pruning.get_thresholds()]
                found.append(made._last_update_step.read_value())
        return found

    CASES[name] = build


pruned("usual", "")
pruned("not_begun", "begin_pruning_step=70")
pruned("over", "end_pruning_step=50")
pruned("not_due", "pruning_frequency=100")
pruned("sparse", "initial_sparsity=0.2,target_sparsity=0.9,sparsity_function_end_step=50")
pruned("linear", "sparsity_function_exponent=1.0,target_sparsity=0.8")
pruned("decay", "threshold_decay=0.3")
pruned("blocks", "block_height=2,block_width=3")
pruned("blocks_max", "block_height=2,block_width=1,block_pooling_function=MAX")
pruned("blocks_tpu", "block_height=2,block_width=2,use_tpu=true")
pruned("blocks_map", "block_dims_map=[w0:2x2]")
pruned("blocks_row", "block_height=1,block_width=-1")
pruned("sparsity_map", "weight_sparsity_map=[w0:0.9,w1:0.2]")
pruned("conv", "block_height=2,block_width=2", shapes=((2, 2, 3, 4), (1, 1, 4, 4)))


def bad(name, spec, **arguments):
    def build(tf):
        pruning = tf.contrib.model_pruning
        step = tf.Variable(60, trainable=False, name="step")
        pruning.apply_mask(weights(tf, "w0", 4, 6), "s0")
        pruning.apply_mask(weights(tf, "w00", 4, 6), "s1")
        hparams = pruning.get_pruning_hparams().parse(spec)
        return [pruning.Pruning(hparams, global_step=step).mask_update_op()]

    CASES[name] = build


bad("bad_begin", "begin_pruning_step=-1")
bad("bad_end", "begin_pruning_step=10,end_pruning_step=5")
bad("bad_function", "sparsity_function_begin_step=200")
bad("bad_sparsity", "target_sparsity=1.0")
bad("bad_decay", "threshold_decay=-0.1")
bad("bad_map", "weight_sparsity_map=[w0:1.5]")
bad("bad_dims", "block_dims_map=[w0:1x2x3]")
bad("bad_twice", "weight_sparsity_map=[w0:0.5,w:0.4]")
bad("bad_pooling", "block_height=2,block_pooling_function=SUM")


def cell_case(name, make):
    def build(tf):
        pruning = tf.contrib.model_pruning
        with tf.variable_scope("root", initializer=tf.constant_initializer(0.3)):
            cell = make(pruning)
            state = cell.zero_state(2, tf.float32)
            output, state = cell(wave(tf, 2, 4), state)
            output, state = cell(wave(tf, 2, 4), state)
        grads = tf.gradients(output, tf.trainable_variables())
        return [output, *tf.contrib.framework.nest.flatten(state), *grads, *pruning.get_masks()]

    CASES[name] = build


cell_case("basic_lstm", lambda m: m.MaskedBasicLSTMCell(3, name="cell"))
cell_case("basic_lstm_side", lambda m: m.MaskedBasicLSTMCell(3, 0.5, state_is_tuple=False))
cell_case("lstm", lambda m: m.MaskedLSTMCell(3))
cell_case("lstm_all", lambda m: m.MaskedLSTMCell(3, True, 0.4, num_proj=3, proj_clip=0.5))
