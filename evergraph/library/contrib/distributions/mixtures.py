"""Mixtures: one of several distributions, drawn from a distribution of classes."""

from typing import Any

import numpy as np

from evergraph.api import array_ops, check_ops, gathering, math_ops, nn_ops
from evergraph.base import dtypes, tensor_shape
from evergraph.base.export import export
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, name_scope
from evergraph.graph.static_value import constant_value
from evergraph.library.contrib.distributions.deprecation import moved
from evergraph.library.contrib.distributions.parts import attribute
from evergraph.library.distributions import util
from evergraph.library.distributions.categorical import Categorical
from evergraph.library.distributions.distribution import NOT_REPARAMETERIZED, Distribution


def mixture_stddev(weights: Any, means: Any, stddevs: Any) -> Any:
    """The standard deviations of mixtures.

    Args:
      weights: [n, components], rows with the sum 1.
      means, stddevs: those of the components, of the same shape.
    """
    weights.shape.assert_has_rank(2)
    for value, what in ((means, "means"), (stddevs, "stddevs")):
        if not value.shape.is_compatible_with(weights.shape):
            raise ValueError(f"Expecting {what} to have same shape as mixture weights.")
    rows = array_ops.expand_dims(weights, axis=1)
    means = array_ops.expand_dims(means, axis=2)
    stddevs = array_ops.expand_dims(stddevs, axis=2)

    def averaged(values: Any) -> Any:
        return array_ops.reshape(math_ops.matmul(rows, values), (-1,))

    mean = averaged(means)
    variance = averaged(math_ops.square(stddevs))
    mean_of_squares = averaged(math_ops.square(means))
    return math_ops.sqrt(variance + mean_of_squares - math_ops.square(mean))


def pad_mixture_dimensions(
    x: Any, mixture_distribution: Any, categorical_distribution: Any, event_ndims: Any
) -> Any:
    """Weights [..., components] with axes of size 1 for the batch, if the weights have none, and
    for events."""
    with name_scope("pad_mix_dims", values=[x]):
        ranks = [
            array_ops.shape(d.batch_shape_tensor())[0]
            if d.batch_shape.ndims is None
            else d.batch_shape.ndims
            for d in (mixture_distribution, categorical_distribution)
        ]
        is_scalar = categorical_distribution.is_scalar_batch()
        missing = array_ops.where_v2(is_scalar, ranks[0], ranks[0] - ranks[1])
        shape = array_ops.shape(x)
        parts = [
            shape[:-1],
            array_ops.ones([missing], dtype=dtypes.int32),
            shape[-1:],
            array_ops.ones([event_ndims], dtype=dtypes.int32),
        ]
        return array_ops.reshape(x, shape=array_ops.concat(parts, axis=0))


def _one_hot(indices: Any, depth: Any, dtype: Any) -> Any:
    """Ones where the index is; as numbers, so that infinite draws elsewhere become NaN."""
    kind = dtype.as_numpy_dtype
    return array_ops.one_hot(
        indices=indices,
        depth=depth,
        on_value=np.ones([], dtype=kind),
        off_value=np.zeros([], dtype=kind),
    )


@export("contrib.distributions.Mixture")
class Mixture(Distribution):
    """A mixture of distributions of any classes. Stands for `tf.contrib.distributions.Mixture`.

    Args:
      cat: a Categorical, that of the component.
      components: distributions of one dtype, with the batch and event shapes of each other.
      use_static_graph: True to draw from each component as often as from the mixture, which works
        where shapes must be known.

    Raises:
      TypeError: `cat`, `components` or one of them is something else, or the dtypes are different.
      ValueError: `components` are none, or not as many as the classes of `cat`, or of events of
        unknown rank, or of different shapes.
    """

    cat = attribute("cat", "The distribution of the component.")
    components = attribute("components", "The components, a list.")
    num_components = attribute("num_components", "How many there are.")

    @moved
    def __init__(
        self,
        cat: Any,
        components: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        use_static_graph: bool = False,
        name: str = "Mixture",
    ) -> None:
        parameters = dict(locals())
        _check_components(cat, components)
        dtype = components[0].dtype
        event_shape, batch_shape = components[0].event_shape, cat.batch_shape
        for d in components:
            event_shape = event_shape.merge_with(d.event_shape)
            batch_shape = batch_shape.merge_with(d.batch_shape)
        if event_shape.ndims is None:
            raise ValueError(
                "Expected to know rank(event_shape) from components, but none of the components "
                "provide a static number of ndims"
            )
        with name_scope(name, values=[cat.logits]) as name:
            count = constant_value(cat.event_size)
            if count is None:
                raise ValueError(
                    "Could not infer number of classes from cat and unable to compare this value "
                    "to the number of components passed in."
                )
            if int(count) != len(components):
                raise ValueError(
                    f"cat.num_classes != len(components): {count} vs. {len(components)}"
                )
            self._assertions = self._shape_checks(cat, components, validate_args)
            self._cat = cat
            self._components = list(components)
            self._num_components = int(count)
            self._static_event_shape = event_shape
            self._static_batch_shape = batch_shape
            self._use_static_graph = use_static_graph
        super().__init__(
            dtype=dtype,
            reparameterization_type=NOT_REPARAMETERIZED,
            validate_args=validate_args,
            allow_nan_stats=allow_nan_stats,
            parameters=parameters,
            graph_parents=[p for d in (cat, *components) for p in d._graph_parents],
            name=name,
        )

    @staticmethod
    def _shape_checks(cat: Any, components: Any, validate_args: bool) -> list[Any]:
        shape = cat.batch_shape_tensor()
        rank = array_ops.size(shape)
        if not validate_args:
            return []
        shapes = [d.batch_shape_tensor() for d in components]
        ranks = [array_ops.size(s) for s in shapes]
        return [
            check_ops.assert_equal(
                wanted, found, message=f"components[{i}] batch shape must match cat batch shape"
            )
            for wanted, all_found in ((rank, ranks), (shape, shapes))
            for i, found in enumerate(all_found)
        ]

    def _batch_shape_tensor(self) -> Any:
        return self._cat.batch_shape_tensor()

    def _batch_shape(self) -> Any:
        return self._static_batch_shape

    def _event_shape_tensor(self) -> Any:
        return self._components[0].event_shape_tensor()

    def _event_shape(self) -> Any:
        return self._static_event_shape

    def _weights(self, log_probs: bool = False) -> list[Any]:
        """The probability of each component."""
        softmax = nn_ops.log_softmax if log_probs else nn_ops.softmax
        weights = softmax(self.cat.logits)
        return array_ops.unstack(weights, num=self.num_components, axis=-1)

    def _with_event_axes(self, weights: list[Any]) -> list[Any]:
        expanded = []
        for weight in weights:
            for _ in range(self.event_shape.ndims):  # type: ignore[arg-type]
                weight = array_ops.expand_dims(weight, -1)
            expanded.append(weight)
        return expanded

    def _mean(self) -> Any:
        with control_dependencies(self._assertions):
            means = [d.mean() for d in self.components]
            weights = self._with_event_axes(self._weights())
            parts = [w * m for w, m in zip(weights, means, strict=True)]
            return math_ops.add_n(parts)

    def _stddev(self) -> Any:
        with control_dependencies(self._assertions):
            means = [d.mean() for d in self.components]
            stddevs = [d.stddev() for d in self.components]
            weights = self._weights()
            all_means = array_ops.stack(means, axis=-1)
            all_stddevs = array_ops.stack(stddevs, axis=-1)
            all_weights = array_ops.stack(self._with_event_axes(weights), axis=-1)
            all_weights *= array_ops.ones_like(all_means)
            rows = [
                array_ops.reshape(values, [-1, len(self.components)])
                for values in (all_weights, all_means, all_stddevs)
            ]
            return array_ops.reshape(mixture_stddev(*rows), array_ops.shape(all_weights)[:-1])

    def _log_sum(self, method: str, x: Any) -> Any:
        """The log of the weighted sum of what the logs of the components are."""
        with control_dependencies(self._assertions):
            x = convert_to_tensor(x, name="x")
            logs = [getattr(d, method)(x) for d in self.components]
            weights = self._weights(log_probs=True)
            parts = [weight + log for weight, log in zip(weights, logs, strict=True)]
            return math_ops.reduce_logsumexp(array_ops.stack(parts, 0), [0])

    def _log_prob(self, value: Any) -> Any:
        return self._log_sum("log_prob", value)

    def _log_cdf(self, value: Any) -> Any:
        return self._log_sum("log_cdf", value)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        if self._use_static_graph:
            return self._static_samples(n, seed)
        with control_dependencies(self._assertions):
            n = convert_to_tensor(n, name="n")
            static = constant_value(n)
            n = n if static is None else int(static)
            which = self.cat.sample(n, seed=seed)
            shape: Any
            if which.shape.is_fully_defined():
                shape, size = which.shape.as_list(), which.shape.num_elements()
            else:
                shape, size = array_ops.shape(which), array_ops.size(which)
            if self.batch_shape.is_fully_defined():
                batch_size = self.batch_shape.num_elements()
            else:
                batch_size = math_ops.reduce_prod(self.batch_shape_tensor())
            if self.event_shape.is_fully_defined():
                event_shape = np.array(self.event_shape.as_list(), dtype=np.int32)
            else:
                event_shape = self.event_shape_tensor()

            def by_component(numbers: Any) -> Any:
                return gathering.dynamic_partition(
                    data=array_ops.reshape(numbers, shape),
                    partitions=which,
                    num_partitions=self.num_components,
                )

            # Where each component's draws go, and of which member of the batch they are.
            places = by_component(math_ops.range(0, size))
            members = by_component(array_ops.tile(math_ops.range(0, batch_size), [n]))
            found = []
            for component, place, member in zip(self.components, places, members, strict=True):
                # As many draws for the whole batch as are needed for any of its members.
                count = array_ops.size(place)
                seed = util.gen_new_seed(seed, "mixture")
                draws = component.sample(count, seed=seed)
                rows = batch_size * math_ops.range(count) + member
                draws = array_ops.reshape(
                    draws, array_ops.concat([[count * batch_size], event_shape], 0)
                )
                found.append(array_ops.gather(draws, rows, name="samples_class_c_gather"))
            flat = gathering.dynamic_stitch(indices=places, data=found)
            final = array_ops.concat([shape, self.event_shape_tensor()], 0)
            samples = array_ops.reshape(flat, final)
            samples.set_shape(TensorShape(which.shape).concatenate(self.event_shape))
            return samples

    def _static_samples(self, n: Any, seed: Any) -> Any:
        which = self.cat.sample(n, seed=seed)
        ndims: Any = self._static_event_shape.ndims
        samples = []
        for component in self.components:
            seed = util.gen_new_seed(seed, "mixture")
            samples.append(component.sample(n, seed=seed))
        x = array_ops.stack(samples, -ndims - 1)
        mask = _one_hot(which, self._num_components, x.dtype)
        mask = pad_mixture_dimensions(mask, self, self._cat, ndims)
        return math_ops.reduce_sum(x * mask, axis=-1 - ndims)

    def entropy_lower_bound(self, name: str = "entropy_lower_bound") -> Any:
        """A bound of the entropy, which has no simple form: the mean of those of the components."""
        with self._name_scope(name, values=[self.cat.logits]):
            with control_dependencies(self._assertions):
                entropies = [d.entropy() for d in self.components]
                parts = [w * e for w, e in zip(self._weights(), entropies, strict=True)]
                return math_ops.add_n(parts)


def _check_components(cat: Any, components: Any) -> None:
    if not isinstance(cat, Categorical):
        raise TypeError(f"cat must be a Categorical distribution, but saw: {cat}")
    if not components:
        raise ValueError("components must be a non-empty list or tuple")
    if not isinstance(components, list | tuple):
        raise TypeError(f"components must be a list or tuple, but saw: {components}")
    if not all(isinstance(d, Distribution) for d in components):
        raise TypeError(
            f"all entries in components must be Distribution instances but saw: {components}"
        )
    if not all(d.dtype == components[0].dtype for d in components):
        found = [(d.name, d.dtype) for d in components]
        raise TypeError(f"All components must have the same dtype, but saw dtypes: {found}")


@moved
def _outer_squared_difference(x: Any, y: Any) -> Any:
    z = x - y
    return z[..., array_ops.newaxis, :] * z[..., array_ops.newaxis]


@export("contrib.distributions.MixtureSameFamily")
class MixtureSameFamily(Distribution):
    """A mixture whose components are the last axis of a distribution's batch. Stands for
    `tf.contrib.distributions.MixtureSameFamily`.

    Args:
      mixture_distribution: of integer scalars, with `logits`: that of the component.
      components_distribution: of batch shape [..., components].

    Raises:
      ValueError: the two do not fit together.
    """

    mixture_distribution = attribute("mixture_distribution", "The distribution of the component.")
    components_distribution = attribute("components_distribution", "The components.")

    @moved
    def __init__(
        self,
        mixture_distribution: Any,
        components_distribution: Any,
        validate_args: bool = False,
        allow_nan_stats: bool = True,
        name: str = "MixtureSameFamily",
    ) -> None:
        parameters = dict(locals())
        with name_scope(name) as name:
            self._mixture_distribution = mixture_distribution
            self._components_distribution = components_distribution
            shape = components_distribution.event_shape_tensor()
            ndims = tensor_shape.dimension_value(shape.shape[0])
            self._event_ndims = array_ops.shape(shape)[0] if ndims is None else ndims
            self._checks, self._num_components = self._check_fit(validate_args)
            super().__init__(
                dtype=components_distribution.dtype,
                reparameterization_type=NOT_REPARAMETERIZED,
                validate_args=validate_args,
                allow_nan_stats=allow_nan_stats,
                parameters=parameters,
                graph_parents=(
                    mixture_distribution._graph_parents + components_distribution._graph_parents
                ),
                name=name,
            )

    def _check_fit(self, validate_args: bool) -> tuple[list[Any], Any]:
        """Checks for what is known only at run time, and the count of components."""
        mixture, components = self.mixture_distribution, self.components_distribution
        checks: list[Any] = []
        if not mixture.dtype.is_integer:
            raise ValueError(
                f"`mixture_distribution.dtype` ({mixture.dtype.name}) is not over integers"
            )
        if mixture.event_shape.ndims not in (None, 0):
            raise ValueError("`mixture_distribution` must have scalar `event_dim`s")
        of_mixture = mixture.batch_shape
        of_components = components.batch_shape.with_rank_at_least(1)[:-1]
        known = of_mixture.is_fully_defined() and of_components.is_fully_defined()
        if known and of_mixture.ndims != 0 and of_mixture != of_components:
            raise ValueError(
                f"`mixture_distribution.batch_shape` (`{of_mixture.as_list()}`) is not compatible "
                "with `components_distribution.batch_shape` "
                f"(`{of_components.as_list()}`)"
            )
        if not known and validate_args:
            shape = mixture.batch_shape_tensor()
            wanted = components.batch_shape_tensor()[:-1]
            found = util.pick_vector(mixture.is_scalar_batch(), wanted, shape)
            message = (
                "`mixture_distribution.batch_shape` is not compatible with "
                "`components_distribution.batch_shape`"
            )
            checks.append(check_ops.assert_equal(found, wanted, message=message))
        logits = mixture.logits
        count = tensor_shape.dimension_value(logits.shape.with_rank_at_least(1)[-1])
        wanted = tensor_shape.dimension_value(components.batch_shape.with_rank_at_least(1)[-1])
        if count is not None and wanted is not None and count != wanted:
            raise ValueError(
                f"`mixture_distribution components` ({count}) does not equal "
                f"`components_distribution.batch_shape[-1]` ({wanted})"
            )
        if validate_args:
            count = array_ops.shape(logits)[-1]
            wanted = components.batch_shape_tensor()[-1]
            message = (
                "`mixture_distribution components` does not equal "
                "`components_distribution.batch_shape[-1:]`"
            )
            checks.append(check_ops.assert_equal(count, wanted, message=message))
        elif count is None:
            count = array_ops.shape(logits)[-1]
        return checks, count

    def _batch_shape_tensor(self) -> Any:
        with control_dependencies(self._checks):
            return self.components_distribution.batch_shape_tensor()[:-1]

    def _batch_shape(self) -> Any:
        return self.components_distribution.batch_shape.with_rank_at_least(1)[:-1]

    def _event_shape_tensor(self) -> Any:
        with control_dependencies(self._checks):
            return self.components_distribution.event_shape_tensor()

    def _event_shape(self) -> Any:
        return self.components_distribution.event_shape

    def _padded(self, weights: Any) -> Any:
        ndims = self._event_shape().ndims
        return pad_mixture_dimensions(weights, self, self.mixture_distribution, ndims)

    def _over_components(self, x: Any) -> Any:
        return math_ops.reduce_sum(x, axis=-1 - self._event_ndims)

    def _sample_n(self, n: Any, seed: Any = None) -> Any:
        # TensorFlow passes the seed over.
        with control_dependencies(self._checks):
            x = self.components_distribution.sample(n)
            which = self.mixture_distribution.sample(n)
            mask = self._padded(_one_hot(which, self._num_components, x.dtype))
            return self._over_components(x * mask)

    def _log_prob(self, value: Any) -> Any:
        with control_dependencies(self._checks):
            return self._log_sum("log_prob", value)

    def _log_cdf(self, value: Any) -> Any:
        return self._log_sum("log_cdf", value)

    def _log_sum(self, method: str, x: Any) -> Any:
        logs = getattr(self.components_distribution, method)(self._pad_sample_dims(x))
        weights = nn_ops.log_softmax(self.mixture_distribution.logits, axis=-1)
        return math_ops.reduce_logsumexp(logs + weights, axis=-1)

    def _mean(self) -> Any:
        with control_dependencies(self._checks):
            weights = self._padded(self.mixture_distribution.probs)
            return self._over_components(weights * self.components_distribution.mean())

    def _variance(self) -> Any:
        """The mean of the variances and the variance of the means."""
        with control_dependencies(self._checks):
            weights = self._padded(self.mixture_distribution.probs)
            within = self._over_components(weights * self.components_distribution.variance())
            means = self.components_distribution.mean()
            squares = math_ops.squared_difference(means, self._pad_sample_dims(self._mean()))
            return within + self._over_components(weights * squares)

    def _covariance(self) -> Any:
        if self.event_shape.ndims != 1:
            raise NotImplementedError("covariance is not implemented")
        with control_dependencies(self._checks):
            weights = self._padded(self._padded(self.mixture_distribution.probs))
            covariances = weights * self.components_distribution.covariance()
            within = math_ops.reduce_sum(covariances, axis=-3)
            means = self.components_distribution.mean()
            products = _outer_squared_difference(means, self._pad_sample_dims(self._mean()))
            return within + math_ops.reduce_sum(weights * products, axis=-3)

    def _pad_sample_dims(self, x: Any) -> Any:
        """`x` with an axis for the components before those of events."""
        with name_scope("pad_sample_dims", values=[x]):
            ndims = array_ops.rank(x) if x.shape.ndims is None else x.shape.ndims
            shape = array_ops.shape(x)
            d = ndims - self._event_ndims
            return array_ops.reshape(x, shape=array_ops.concat([shape[:d], [1], shape[d:]], axis=0))
