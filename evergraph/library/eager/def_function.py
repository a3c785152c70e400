"""tf.function in graphs: calls of graph functions that Python functions are traced to.

A call adds a PartitionedCall node whose function holds the nodes that the Python function builds.
Conditions and loops of Python are not translated: they see tensors, and refuse them, as under
`autograph=False`.
"""

import functools
import inspect
import itertools
import weakref
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from evergraph.api import array_ops, variable_scope
from evergraph.api.variable_base import Variable
from evergraph.base import dtypes, nest
from evergraph.base.export import export
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, init_scope
from evergraph.graph.graph import Graph, get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.specs import TensorSpec
from evergraph.graph.tensor import Tensor
from evergraph.library.function import DefinedFunction
from evergraph.library.functional_ops import partitioned_call

_numbers = itertools.count()

# Their order means nothing: handles, and random numbers, of which TensorFlow says so too.
_UNORDERED = frozenset(
    """Multinomial ParameterizedTruncatedNormal Placeholder RandomGamma RandomGammaGrad
    RandomPoisson RandomPoissonV2 RandomShuffle RandomStandardNormal RandomUniform RandomUniformInt
    TruncatedNormal VarHandleOp""".split()
)


class ConcreteFunction:
    """A Python function traced for arguments of certain types and shapes."""

    def __init__(
        self,
        python_function: Callable[..., Any],
        arguments: Any,
        tensors: Sequence[Tensor],
        shapes: Sequence[Any],
        names: Sequence[str],
    ) -> None:
        self.structured_outputs: Any = None
        self.graph: Any = None
        leaves = nest.flatten(arguments, expand_composites=True)
        given = list(tensors)
        places = [i for i, leaf in enumerate(leaves) if any(leaf is t for t in given)]

        def body(*placeholders: Tensor) -> list[Tensor]:
            self.graph = get_default_graph()
            for placeholder, shape in zip(placeholders, shapes, strict=True):
                placeholder.set_shape(shape)
            inner = list(leaves)
            for i, placeholder in zip(places, placeholders, strict=True):
                inner[i] = placeholder
            args, kwargs = nest.pack_sequence_as(arguments, inner, expand_composites=True)
            with variable_scope.variable_creator_scope(_made_outside):
                result = python_function(*args, **kwargs)
            self.structured_outputs = result
            flat = nest.flatten(result, expand_composites=True)
            results = [convert_to_tensor(t) for t in flat if t is not None]
            self._shapes = [t.shape for t in results]
            effects = in_program_order(self.graph.get_operations())
            with control_dependencies(effects):
                return [array_ops.identity(t) for t in results]

        self._shapes: list[Any] = []
        self._types = [t.dtype.base_dtype for t in given]
        name = getattr(python_function, "__name__", "function").strip("<>")
        self._definition = DefinedFunction(
            body,
            names,
            self._types,
            f"__inference_{name}_{next(_numbers)}",
            capture_resource_var_by_value=False,
        )
        self.function_def = self._definition.definition

    @property
    def name(self) -> str:
        """The name of the FunctionDef."""
        return self._definition.name

    @property
    def captured_inputs(self) -> list[Tensor]:
        """The tensors outside of the function that it uses; they follow its arguments."""
        return self._definition.captured_inputs

    @property
    def inputs(self) -> list[Tensor]:
        """The tensors in the function's graph that stand for arguments and captured tensors."""
        return self.graph.inputs

    @property
    def outputs(self) -> list[Tensor]:
        """The results in the function's graph."""
        return self.graph.outputs

    def add_to_graph(self, g: Graph | None = None) -> None:
        """Makes the function known in a graph; default: the default graph."""
        self._definition.add_to_graph(g or get_default_graph())

    def __call__(self, *args: Any) -> Any:
        """Adds the node that calls the function with tensors, and gives its results."""
        tensors = [convert_to_tensor(*pair) for pair in zip(args, self._types, strict=True)]
        called = partitioned_call([*tensors, *self.captured_inputs], self._definition)
        outputs = [] if isinstance(called, Operation) else list(called)
        for tensor, shape in zip(outputs, self._shapes, strict=True):
            tensor.set_shape(shape)
        if self.structured_outputs is None:
            return called
        results = iter(outputs)
        leaves = nest.flatten(self.structured_outputs, expand_composites=True)
        filled = [None if leaf is None else next(results) for leaf in leaves]
        return nest.pack_sequence_as(self.structured_outputs, filled, expand_composites=True)


def in_program_order(operations: Sequence[Operation]) -> list[Operation]:
    """Makes nodes with effects on one thing follow one another; returns those nodes.

    Nodes inside of conditions and loops are left as they are.
    """
    last: dict[Any, Operation] = {}
    effects = []
    for op in operations:
        if not op._is_stateful or op.type in _UNORDERED or op._get_control_flow_context():
            continue
        touched: list[Any] = [t for t in op.inputs if t.dtype == dtypes.resource] or [None]
        op._add_control_inputs([last[key] for key in touched if key in last])
        last.update((key, op) for key in touched)
        effects.append(op)
    return effects


def _made_outside(next_creator: Callable[..., Any], **kwargs: Any) -> Any:
    """Variables outlive the call: they are made in the graph that calls."""
    with init_scope():
        return next_creator(**kwargs)


class Function:
    """What `tf.function` makes: it traces its Python function anew for new kinds of arguments."""

    def __init__(
        self, python_function: Callable[..., Any], input_signature: Any = None, **_: Any
    ) -> None:
        self.python_function = python_function
        self.input_signature = None if input_signature is None else tuple(input_signature)
        self._traced: weakref.WeakKeyDictionary[Graph, dict[Any, ConcreteFunction]]
        self._traced = weakref.WeakKeyDictionary()
        self._bound: weakref.WeakKeyDictionary[Any, Function] = weakref.WeakKeyDictionary()
        functools.update_wrapper(self, python_function)

    def __get__(self, instance: Any, owner: Any) -> Any:
        if instance is None:
            return self
        if instance not in self._bound:
            # Not the bound method itself, which would keep the instance.
            method = functools.partial(_call_method, self.python_function, weakref.ref(instance))
            functools.update_wrapper(method, self.python_function)
            method.__signature__ = inspect.signature(  # type: ignore[attr-defined]
                self.python_function.__get__(instance, owner)
            )
            self._bound[instance] = Function(method, self.input_signature)
        return self._bound[instance]

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arguments = self._arguments(args, kwargs)
        return self._concrete(arguments)(*_tensors(arguments))

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The function for such arguments: tensors, or TensorSpecs that stand for them."""
        leaves = nest.flatten((args, kwargs))
        if self.input_signature is not None and not leaves:
            leaves, args = list(self.input_signature), self.input_signature
        with Graph().as_default():
            made = [
                array_ops.placeholder(x.dtype, x.shape) if isinstance(x, TensorSpec) else x
                for x in leaves
            ]
        args, kwargs = nest.pack_sequence_as((args, kwargs), made)
        return self._concrete(self._arguments(args, kwargs))

    def _arguments(self, args: Any, kwargs: Any) -> Any:
        """Arguments as the signature orders them, arrays as tensors.

        Raises:
          ValueError: they do not fit the input signature.
        """
        bound = inspect.signature(self.python_function).bind(*args, **kwargs)
        bound.apply_defaults()
        given = bound.args
        if self.input_signature is not None:
            specs = nest.flatten(self.input_signature)
            parts = nest.flatten_up_to(self.input_signature, given[: len(self.input_signature)])
            fitting = [_fitting(*pair) for pair in zip(parts, specs, strict=True)]
            given = nest.pack_sequence_as(self.input_signature, fitting)
        arguments = (given, bound.kwargs)
        leaves = nest.flatten(arguments, expand_composites=True)
        leaves = [
            convert_to_tensor(leaf) if isinstance(leaf, (np.ndarray, np.generic)) else leaf
            for leaf in leaves
        ]
        return nest.pack_sequence_as(arguments, leaves, expand_composites=True)

    def _names(self, arguments: Any) -> list[str]:
        """For each tensor among the arguments, the name of its parameter."""
        args, kwargs = arguments
        bound = inspect.signature(self.python_function).bind(*args, **kwargs)
        return [
            name
            for name, value in bound.arguments.items()
            for leaf in nest.flatten(value, expand_composites=True)
            if isinstance(leaf, Tensor)
        ]

    def _concrete(self, arguments: Any) -> ConcreteFunction:
        known = self._traced.setdefault(get_default_graph(), {})
        tensors = _tensors(arguments)
        shapes = [t.shape for t in tensors]
        if self.input_signature is not None:
            wanted = [spec.shape for spec in nest.flatten(self.input_signature)]
            shapes[: len(wanted)] = wanted
        leaves = nest.flatten(arguments, expand_composites=True)
        shape_of_nest = nest.map_structure(lambda leaf: type(leaf).__name__, arguments)
        key = (str(shape_of_nest), str(shapes), *map(_kind, leaves))
        if key not in known:
            known[key] = ConcreteFunction(
                self.python_function, arguments, tensors, shapes, self._names(arguments)
            )
        return known[key]


def _call_method(function: Any, instance: Any, *args: Any, **kwargs: Any) -> Any:
    return function(instance(), *args, **kwargs)


def _tensors(arguments: Any) -> list[Tensor]:
    return [x for x in nest.flatten(arguments, expand_composites=True) if isinstance(x, Tensor)]


def _fitting(value: Any, spec: TensorSpec) -> Tensor:
    try:
        tensor = convert_to_tensor(value, spec.dtype)
    except (TypeError, ValueError):
        tensor = None
    if tensor is None or not spec.is_compatible_with(tensor):
        raise ValueError(
            f"Python inputs incompatible with input_signature: inputs: {value}, signature: {spec}"
        )
    return tensor


def _kind(leaf: Any) -> Any:
    """What must be equal for a trace to serve again."""
    if isinstance(leaf, Tensor):
        return Tensor, leaf.dtype.base_dtype
    if isinstance(leaf, Variable) or getattr(type(leaf), "__hash__", None) is None:
        return type(leaf), id(leaf)
    return type(leaf), leaf


@export("function")
def function(
    func: Callable[..., Any] | None = None,
    input_signature: Any = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
    experimental_relax_shapes: bool = False,
    experimental_compile: bool | None = None,
) -> Any:
    """A function whose calls add one node, which runs what `func` builds. Stands for `tf.function`.

    Nodes with effects run in the order in which `func` makes them. Python's own conditions and
    loops are not translated, whatever `autograph` says: use `tf.cond` and `tf.while_loop`.

    Args:
      func: builds nodes; tensors among its arguments and results, in nests too. None: the result
        is a decorator.
      input_signature: TensorSpecs of the arguments; default: each new kind is traced.
      autograph: has no effect.
      experimental_autograph_options: has no effect.
      experimental_relax_shapes: has no effect.
      experimental_compile: has no effect.
    """
    if func is None:
        return functools.partial(function, input_signature=input_signature)
    return Function(func, input_signature)
