"""User functions on elements as graph functions on their tensors."""

import warnings
from collections.abc import Callable
from typing import Any

from evergraph.base import function_utils
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.graph import get_default_graph
from evergraph.graph.tensor import uid
from evergraph.library import function as defun
from evergraph.library.autograph.conversion import call_converted
from evergraph.library.data import nest, structure
from evergraph.library.eager.function import defun_with_attributes


def should_unpack_args(args: Any) -> bool:
    """Whether the parts of an element are arguments of their own."""
    return type(args) is tuple


class StructuredFunctionWrapper:
    """A Python function on elements, as a graph function.

    Args:
      func: takes an element, a tuple's parts one by one; returns another element.
      transformation_name: what the function is for; part of its name and of messages.
      dataset: the dataset whose elements it takes.
      input_classes, input_shapes, input_types: older words for them.
      input_structure: the spec of what it takes.
      add_to_graph: whether the graph is to know it now.
      use_legacy_function: whether to make it by Defun.
      defun_kwargs: attrs of the function.

    Raises:
      ValueError: not exactly one of the ways to say what it takes is used.
      TypeError: the function returns what cannot be an element.
    """

    def __init__(
        self,
        func: Callable[..., Any],
        transformation_name: str,
        dataset: Any = None,
        input_classes: Any = None,
        input_shapes: Any = None,
        input_types: Any = None,
        input_structure: Any = None,
        add_to_graph: bool = True,
        use_legacy_function: bool = False,
        defun_kwargs: dict[str, Any] | None = None,
    ) -> None:
        legacy = (input_types, input_shapes, input_classes)
        self._input_structure = _structure_of(dataset, legacy, input_structure)
        self._func = func
        self._transformation_name = transformation_name
        self._output_structure: Any = None
        readable = transformation_name.replace(".", "_")[:-2]
        name = f"{readable}_{function_utils.get_func_name(func)}"
        kwargs = dict(defun_kwargs or {})
        if use_legacy_function:
            self._function = self._by_defun(f"{name}_{uid()}", add_to_graph, kwargs)
            return
        kwargs["func_name"] = name
        specs = structure.get_flat_tensor_specs(self._input_structure)

        @defun_with_attributes(input_signature=specs, autograph=False, attributes=kwargs)
        def wrapper_fn(*args: Any) -> Any:
            return [convert_to_tensor(t) for t in self._tensors_of(*args)]

        self._function: Any = wrapper_fn._get_concrete_function_internal()
        graph: Any = get_default_graph()
        if add_to_graph:
            self._function.add_to_graph(graph)
        if (
            graph.seed
            and self._function.graph.seed == graph.seed
            and getattr(self._function.graph, "_seed_used", False)
        ):
            warnings.warn(
                f"Seed {graph.seed} from outer graph might be getting used by function {name}, if "
                "the random op has not been provided any seed. Explicitly set the seed in the "
                "function if this is not the intended behavior.",
                stacklevel=4,
            )

    def _by_defun(self, name: str, add_to_graph: bool, kwargs: dict[str, Any]) -> Any:
        types = structure.get_flat_tensor_types(self._input_structure)

        @defun.Defun(*types, func_name=name, **kwargs)
        def wrapper_fn(*args: Any) -> Any:
            return self._tensors_of(*args)

        if add_to_graph:
            wrapper_fn.add_to_graph(get_default_graph())
        else:
            wrapper_fn._create_definition_if_needed()
        return wrapper_fn

    def _tensors_of(self, *args: Any) -> list[Any]:
        """What the Python function makes of an element's tensors, as tensors."""
        element = structure.from_compatible_tensor_list(self._input_structure, args)
        arguments = element if should_unpack_args(element) else (element,)
        result = call_converted(self._func, arguments, {})
        # A list would be one tensor; what functions return is a tuple.
        if isinstance(result, list):
            result = tuple(result)
        try:
            self._output_structure = structure.type_spec_from_value(result)
        except (ValueError, TypeError):
            raise TypeError(
                f"Unsupported return value from function passed to {self._transformation_name}: "
                f"{result}."
            ) from None
        return structure.to_tensor_list(self._output_structure, result)

    @property
    def output_structure(self) -> Any:
        """The spec of what it returns."""
        return self._output_structure

    @property
    def output_classes(self) -> Any:
        return nest.map_structure(lambda s: s._to_legacy_output_classes(), self._output_structure)

    @property
    def output_shapes(self) -> Any:
        return nest.map_structure(lambda s: s._to_legacy_output_shapes(), self._output_structure)

    @property
    def output_types(self) -> Any:
        return nest.map_structure(lambda s: s._to_legacy_output_types(), self._output_structure)

    @property
    def function(self) -> Any:
        """The graph function."""
        return self._function


def _structure_of(dataset: Any, legacy: tuple[Any, ...], given: Any) -> Any:
    any_legacy = any(x is not None for x in legacy)
    if given is not None:
        if dataset is not None or any_legacy:
            raise ValueError(
                "Either `dataset`, `input_structure`, or all of `input_classes`, `input_shapes`, "
                "and `input_types` must be specified."
            )
        return given
    if any_legacy == (dataset is not None) or (any_legacy and any(x is None for x in legacy)):
        raise ValueError(
            "Either `dataset`, `input_structure` or all of `input_classes`, `input_shapes`, and "
            "`input_types` must be specified."
        )
    if dataset is not None:
        return dataset.element_spec
    return structure.convert_legacy_structure(*legacy)


def with_weakest_state(
    state_structure: Any,
    wrap: Callable[[Any], StructuredFunctionWrapper],
    new_state_of: Callable[[StructuredFunctionWrapper], tuple[Any, Any, Any]],
) -> tuple[StructuredFunctionWrapper, Any]:
    """A function from a state to the next, and the spec of the states.

    Where the function returns a state of another shape, it is made again for states with less
    known of their shape.

    Args:
      state_structure: the spec of the first state.
      wrap: makes the function for states of a spec.
      new_state_of: classes, types and shapes of the state that it returns.

    Raises:
      TypeError: classes or types of the states differ.
    """

    def legacy(attribute: str, spec: Any) -> Any:
        return nest.map_structure(lambda s: getattr(s, f"_to_legacy_output_{attribute}")(), spec)

    while True:
        wrapped = wrap(state_structure)
        classes, types, shapes = new_state_of(wrapped)
        old_classes = legacy("classes", state_structure)
        for new, old in zip(nest.flatten(classes), nest.flatten(old_classes), strict=False):
            if not issubclass(new, old):
                raise TypeError(
                    "The element classes for the new state must match the initial state. Expected "
                    f"{old_classes}; got {classes}."
                )
        old_types = legacy("types", state_structure)
        for new, old in zip(nest.flatten(types), nest.flatten(old_types), strict=False):
            if new != old:
                raise TypeError(
                    "The element types for the new state must match the initial state. Expected "
                    f"{old_types}; got {types}."
                )
        old_shapes = legacy("shapes", state_structure)
        pairs = zip(nest.flatten(old_shapes), nest.flatten(shapes), strict=False)
        weaker = [old.most_specific_compatible_shape(new) for old, new in pairs]
        if all(_no_weaker(a, b) for a, b in zip(nest.flatten(old_shapes), weaker, strict=False)):
            return wrapped, state_structure
        state_structure = structure.convert_legacy_structure(
            old_types, nest.pack_sequence_as(old_shapes, weaker), old_classes
        )


def _no_weaker(shape: Any, weaker: Any) -> bool:
    if shape.ndims is None:
        return True
    return weaker.ndims is not None and shape.as_list() == weaker.as_list()
