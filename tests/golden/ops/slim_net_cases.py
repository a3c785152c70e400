"""tf.contrib.slim: its networks."""

import importlib

from case_tools import Cases, waves

CASES = Cases()
case, simple = CASES.case, CASES.simple


def nets(tf):
    ours = tf.__name__ == "evergraph"
    return importlib.import_module(
        ("evergraph.tf" if ours else "tensorflow") + ".contrib.slim.nets"
    )


def images(tf, size, batch=None):
    return tf.placeholder(tf.float32, [batch, size, size, 3])


def facts(tf, end_points):
    text = [f"{k} {v.name} {v.shape}" for k, v in sorted(end_points.items())]
    for key in ("model_variables", "regularization_losses", "update_ops", "moving_vars"):
        text.append(str([t.name for t in tf.get_default_graph().get_collection(key)]))
    return [tf.constant(text)]


def graph(tf, scope, build, *arguments, **settings):
    """The graph of a network in its argument scope; it is not run."""
    with tf.contrib.framework.arg_scope(scope):
        net, end_points = build(*arguments, **settings)
    return [net] + facts(tf, end_points), None


def inception(tf, version, size, *arguments, **settings):
    """An Inception network's graph."""
    module = nets(tf).inception
    return graph(
        tf,
        getattr(module, f"inception_v{version}_arg_scope")(),
        getattr(module, f"inception_v{version}"),
        images(tf, size),
        *arguments,
        **settings,
    )


def resnet_50(tf, module, name):
    """A residual network's graph."""
    return graph(tf, module.resnet_arg_scope(), getattr(module, name), images(tf, 224), 9)


simple(
    alexnet_v2=lambda tf: graph(
        tf, nets(tf).alexnet.alexnet_v2_arg_scope(), nets(tf).alexnet.alexnet_v2, images(tf, 224)
    ),
    overfeat=lambda tf: graph(
        tf,
        nets(tf).overfeat.overfeat_arg_scope(),
        nets(tf).overfeat.overfeat,
        images(tf, 231),
        is_training=False,
    ),
    vgg_a=lambda tf: graph(
        tf, nets(tf).vgg.vgg_arg_scope(), nets(tf).vgg.vgg_a, images(tf, 224), spatial_squeeze=False
    ),
    vgg_16=lambda tf: graph(
        tf, nets(tf).vgg.vgg_arg_scope(), nets(tf).vgg.vgg_16, images(tf, 224), 10
    ),
    inception_v1=lambda tf: inception(tf, 1, 224),
    inception_v1_inference=lambda tf: inception(tf, 1, 224, 5, is_training=False),
    inception_v3=lambda tf: inception(tf, 3, 299),
    inception_v3_inference=lambda tf: inception(
        tf, 3, None, 5, is_training=False, spatial_squeeze=False
    ),
    resnet_v1_50=lambda tf: resnet_50(tf, nets(tf).resnet_v1, "resnet_v1_50"),
    resnet_v1_50_dilated=lambda tf: graph(
        tf,
        nets(tf).resnet_v1.resnet_arg_scope(batch_norm_decay=0.9),
        nets(tf).resnet_v1.resnet_v1_50,
        images(tf, 97),
        is_training=False,
        global_pool=False,
        output_stride=8,
    ),
    resnet_v2_50=lambda tf: resnet_50(tf, nets(tf).resnet_v2, "resnet_v2_50"),
)


@case
def inception_v3_values(tf):
    module = nets(tf).inception
    x = tf.constant(waves(2, 75, 75, 3))
    arg_scope = tf.contrib.framework.arg_scope
    with arg_scope(module.inception_v3_arg_scope()):
        with arg_scope([tf.contrib.layers.batch_norm], is_training=False):
            net, _ = module.inception_v3_base(x, "Mixed_6a", depth_multiplier=0.1, min_depth=4)
    return [tf.reduce_mean(net, [1, 2])]


@case
def inception_v2_values(tf):
    module = nets(tf).inception
    x = tf.constant(waves(2, 40, 40, 3))
    with tf.contrib.framework.arg_scope(module.inception_v2_arg_scope()):
        net, ends = module.inception_v2(x, 5, is_training=False, depth_multiplier=0.1, min_depth=4)
    return [net] + facts(tf, ends)


def small(tf, module, **settings):
    blocks = [
        module.__dict__[kind](f"block{i}", base_depth=i, num_units=2, stride=2)
        for i in (1, 2)
        for kind in module.__dict__
        if kind.startswith("resnet_v") and kind.endswith("_block")
    ]
    make = module.resnet_v1 if hasattr(module, "resnet_v1") else module.resnet_v2
    with tf.contrib.framework.arg_scope(module.resnet_arg_scope()):
        net, end_points = make(tf.constant(waves(2, 33, 33, 3)), blocks, 4, **settings)
    return [net, end_points["predictions"]]


def resnet(tf, version):
    # The modules themselves, as the public ones have only some names.
    ours = tf.__name__ == "evergraph"
    folder = "evergraph.library.contrib.slim.nets" if ours else PRIVATE
    return importlib.import_module(f"{folder}.resnet_v{version}")


PRIVATE = "tensorflow.contrib.slim.python.slim.nets"

simple(
    resnet_v1_values=lambda tf: small(tf, resnet(tf, 1), is_training=False),
    resnet_v2_values=lambda tf: small(tf, resnet(tf, 2), is_training=False),
    resnet_v2_dilated_values=lambda tf: small(
        tf, resnet(tf, 2), is_training=False, output_stride=8
    ),
    resnet_bad_stride=lambda tf: small(tf, resnet(tf, 1), output_stride=6),
    resnet_beyond_stride=lambda tf: small(tf, resnet(tf, 1), output_stride=64),
    inception_v1_unknown=lambda tf: [nets(tf).inception.inception_v1_base(images(tf, 224), "x")],
    inception_v3_narrow=lambda tf: [
        nets(tf).inception.inception_v3(images(tf, 299), depth_multiplier=0)
    ],
)
