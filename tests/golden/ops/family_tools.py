"""Cases that every distribution has: samples, values, statistics, checks, shapes, gradients."""

from case_tools import grad_of

OF_VALUES = "log_prob prob cdf log_cdf survival_function log_survival_function quantile".split()
STATISTICS = "mean stddev variance mode entropy covariance".split()


def add_family(cases, make, value, of_values="log_prob prob", statistics="mean stddev", **options):
    """Adds the cases of a distribution.

    Args:
      cases: what to add to.
      make: makes it, of (tf, **kwargs); its name is part of the cases'.
      value: a value for the methods named in `of_values`.
      statistics: names of methods without arguments.
      draws: False where TensorFlow's own draws are not the same in every run.
      checks: False for a distribution that has no allow_nan_stats.
      gradient: False where there is none.
    """
    of_values, statistics = of_values.split(), statistics.split()
    kwargs = {"validate_args": True}
    if options.get("checks", True):
        kwargs["allow_nan_stats"] = False

    def samples(tf):
        d = make(tf)
        found = [d.sample(seed=3), d.sample(4, seed=5), d.sample([2, 3], name="drawn")]
        return (found, None) if not options.get("draws", True) else found

    def values(tf):
        d = make(tf)
        return [getattr(d, name)(value) for name in of_values]

    def of_statistics(tf):
        d = make(tf, name="named")
        return [getattr(d, name)() for name in statistics]

    def validated(tf):
        d = make(tf, **kwargs)
        return [getattr(d, name)(value) for name in of_values] + [
            getattr(d, name)() for name in statistics
        ]

    def shapes(tf):
        d = make(tf)
        shape, event = d.batch_shape.as_list(), d.event_shape.as_list()
        found = [d.batch_shape_tensor(), d.event_shape_tensor(), d.is_scalar_batch()]
        return found + [d.is_scalar_event(), tf.constant(shape), tf.constant(event, tf.int32)]

    def described(tf):
        d = make(tf)
        return [tf.constant([str(d), repr(d), repr(d.reparameterization_type)])]

    def missing(name):
        return lambda tf: [getattr(make(tf), name)(*([value] if name in OF_VALUES else []))]

    def gradients(tf):
        x = tf.placeholder_with_default(value, value.shape)
        return grad_of(tf, make(tf).log_prob(x), [x])

    for made in (samples, values, of_statistics, validated, shapes, described):
        cases[make.__name__ + "_" + made.__name__] = made
    if options.get("gradient", True) and "log_prob" in of_values:
        cases[make.__name__ + "_gradients"] = gradients
    for name in ("quantile", "covariance", "cdf", "entropy"):
        if name not in of_values + statistics:
            cases[f"{make.__name__}_{name}_missing"] = missing(name)
