"""`tf.function`: functions of tensors made of Python functions, which may make variables once."""

import weakref
from collections.abc import Callable, Sequence
from typing import Any

from evergraph.api.func_graph import UnknownArgument
from evergraph.api.resource_variable_ops import (
    ResourceVariable,
    UninitializedVariable,
    assign_variable_op,
    var_is_initialized_op,
)
from evergraph.base import nest
from evergraph.base.decorator import make_decorator
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import colocate_with, device, init_scope, name_scope
from evergraph.graph.graph import get_default_graph
from evergraph.library.autograph.conversion import call_converted
from evergraph.library.eager.function import (
    ConcreteFunction,
    FunctionSpec,
    bound_to,
    defun,
    defun_with_attributes,
    validate_signature,
)
from evergraph.library.eager.lift_to_graph import lift_to_graph

RUN_FUNCTIONS_EAGERLY = False
_NO_VARIABLES = "Creating variables on a non-first call to a function decorated with tf.function."


@export("config.experimental_run_functions_eagerly")
def run_functions_eagerly(run_eagerly: bool) -> None:
    """Sets whether calls of `tf.function`s run their Python functions, line by line.

    Stands for `tf.config.experimental_run_functions_eagerly`.
    """
    global RUN_FUNCTIONS_EAGERLY
    RUN_FUNCTIONS_EAGERLY = bool(run_eagerly)


class UnliftedInitializerVariable(UninitializedVariable):
    """A variable made in a function's body: it and its initial value are put into the outermost
    graph."""

    def __init__(
        self,
        initial_value: Any = None,
        trainable: bool | None = None,
        caching_device: Any = None,
        name: str | None = None,
        dtype: Any = None,
        constraint: Any = None,
        synchronization: Any = None,
        aggregation: Any = None,
        shape: Any = None,
        **unused_kwargs: Any,
    ) -> None:
        graph: Any = get_default_graph()
        if not graph.building_function:
            ResourceVariable.__init__(
                self,
                initial_value=initial_value,
                trainable=trainable,
                caching_device=caching_device,
                name=name,
                dtype=dtype,
                constraint=constraint,
            )
            return
        if initial_value is None:
            raise ValueError("initial_value must be specified.")
        if constraint is not None and not callable(constraint):
            raise ValueError("The `constraint` argument must be a callable.")
        by_function = callable(initial_value)
        with name_scope(name, "Variable", [] if by_function else [initial_value]) as scope:
            with name_scope("Initializer"), device(None):
                value = convert_to_tensor(
                    initial_value() if by_function else initial_value,
                    name="initial_value",
                    dtype=dtype,
                )
        super().__init__(
            trainable=trainable,
            caching_device=caching_device,
            name=name,
            shape=value.shape if shape is None else shape,
            dtype=value.dtype,
            constraint=constraint,
            synchronization=synchronization,
            aggregation=aggregation,
            extra_handle_data=value,
        )
        with name_scope(scope):
            self._initialize_outside(value, graph)

    def _initialize_outside(self, value: Any, graph: Any) -> None:
        with init_scope():
            outermost = get_default_graph()
        placeholders = {t.op for t in [*graph.inputs, *graph.internal_captures]}
        if outermost.runs_at_once:

            def initial_value() -> Any:
                inner = get_default_graph()
                return lift_to_graph([value], inner, disallowed_placeholders=placeholders)[value]

            with init_scope():
                assign_variable_op(self._handle, defun(initial_value, autograph=False)())
            return
        lifted = lift_to_graph([value], outermost, disallowed_placeholders=placeholders)[value]
        with init_scope():
            self._initial_value = lifted
            with name_scope("IsInitialized"):
                self._is_initialized_op = var_is_initialized_op(self._handle)
            with name_scope("Assign") as scope, colocate_with(self._handle):
                self._initializer_op = assign_variable_op(self._handle, lifted, name=scope)


class Function:
    """What `tf.function` returns: a `defun` that makes variables at its first call only."""

    def __init__(
        self,
        python_function: Callable[..., Any],
        name: str,
        input_signature: Sequence[Any] | None = None,
        autograph: bool = True,
        experimental_autograph_options: Any = None,
        experimental_relax_shapes: bool = False,
        experimental_compile: bool | None = None,
    ) -> None:
        self._python_function = python_function
        self._function_spec = FunctionSpec.from_function_and_signature(
            python_function, input_signature
        )
        self._name = name
        self._autograph = autograph
        self.experimental_relax_shapes = experimental_relax_shapes
        self._experimental_compile = experimental_compile
        self._created_variables: list[Any] = []
        self._stateful_fn: Any = None
        self._stateless_fn: Any = None
        self._by_instance: weakref.WeakKeyDictionary[Any, Any] = weakref.WeakKeyDictionary()

    def __get__(self, instance: Any, owner: Any) -> Any:
        """Each object has functions, and variables, of its own for a method."""
        return bound_to(self, instance)

    def _bound(self, python_function: Callable[..., Any]) -> "Function":
        return Function(
            python_function,
            self._name,
            self.input_signature,
            self._autograph,
            None,
            self.experimental_relax_shapes,
            self._experimental_compile,
        )

    @property
    def python_function(self) -> Callable[..., Any]:
        """The Python function."""
        return self._python_function

    @property
    def input_signature(self) -> Any:
        """The input signature, or None."""
        return self._function_spec.input_signature

    @property
    def function_spec(self) -> FunctionSpec:
        """How its arguments are bound."""
        return self._function_spec

    def _decorate(self, decorator: Callable[..., Any]) -> None:
        """Decorates the Python function. Raises ValueError after the first call."""
        if self._stateful_fn is not None or self._stateless_fn is not None:
            raise ValueError("Functions cannot be decorated after they have been traced.")
        self._python_function = decorator(self._python_function)
        self._function_spec = FunctionSpec.from_function_and_signature(
            self._python_function, self.input_signature
        )

    def _called(self, *args: Any, **kwargs: Any) -> Any:
        """Calls the Python function, its statements on tensors made the graph's."""
        if not self._autograph:
            return self._python_function(*args, **kwargs)
        return call_converted(self._python_function, args, kwargs)

    def _with_creator(self, creator: Callable[..., Any]) -> Any:
        """A defun in which `creator` makes the variables."""

        def python_function(*args: Any, **kwargs: Any) -> Any:
            # What creators outside have to say about a variable, they say before.
            with get_default_graph()._variable_creator_scope(creator, first=True):
                return self._called(*args, **kwargs)

        compiled = self._experimental_compile
        made = defun_with_attributes(
            make_decorator(self._python_function, python_function),
            self.input_signature,
            None if compiled is None else {"_XlaCompile": bool(compiled)},
            autograph=False,
            experimental_relax_shapes=self.experimental_relax_shapes,
        )
        made._name = self._name
        made._function_spec = self._function_spec
        return made

    def _initialize(self, args: Any, kwargs: Any) -> ConcreteFunction:
        """Builds the body for the first time; variables may be made now, and never again."""

        def make_variable(next_creator: Any, **kwargs: Any) -> Any:
            variable = UnliftedInitializerVariable(**kwargs)
            self._created_variables.append(weakref.ref(variable))
            return variable

        def refuse(*args: Any, **kwargs: Any) -> Any:
            raise ValueError(
                "tf.function-decorated function tried to create variables on non-first call."
            )

        self._stateful_fn = self._with_creator(make_variable)
        made = self._stateful_fn._concrete(args, kwargs)
        self._stateless_fn = self._with_creator(refuse)
        return made

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The results of a node that calls the function.

        Raises:
          ValueError: variables are made at a call that is not the first.
        """
        if RUN_FUNCTIONS_EAGERLY:
            return self._python_function(*args, **kwargs)
        if self._created_variables:
            return self._stateless_fn(*args, **kwargs)
        if self._stateful_fn is not None:
            results = self._stateful_fn(*args, **kwargs)
            if self._created_variables:
                raise ValueError(_NO_VARIABLES)
            return results
        first = self._initialize(args, dict(kwargs))
        if self._created_variables:
            _call_nothing()
            return self._stateless_fn(*args, **kwargs)
        spec = self._function_spec
        return first._filtered_call(*spec.canonicalize_function_inputs(*args, **kwargs))

    def get_concrete_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """The ConcreteFunction for tensors, or specs, like these.

        Raises:
          ValueError: variables are made, though the function was called before.
        """
        if self._stateful_fn is None:
            self._initialize(args, dict(kwargs))
            _call_nothing()
        if self._created_variables:
            return self._stateless_fn.get_concrete_function(*args, **kwargs)
        concrete = self._stateful_fn.get_concrete_function(*args, **kwargs)
        if self._created_variables:
            raise ValueError(_NO_VARIABLES)
        return concrete

    def _list_all_concrete_functions_for_serialization(self) -> list[ConcreteFunction]:
        """The functions of all arguments so far that specs describe; those of the input signature
        are made, if need be."""
        if self.input_signature is not None:
            self.get_concrete_function()
        made = [
            function
            for cached in (self._stateful_fn, self._stateless_fn)
            if cached is not None
            for function in cached._functions.values()
        ]
        signatures: list[Any] = []
        for signature in (function.structured_input_signature for function in made):
            if any(isinstance(leaf, UnknownArgument) for leaf in nest.flatten(signature)):
                logging.info("Unsupported signature for serialization: %s.", signature)
            elif signature not in signatures:
                signatures.append(signature)
        return [self.get_concrete_function(*args, **kwargs) for args, kwargs in signatures]

    def get_initialization_function(self, *args: Any, **kwargs: Any) -> ConcreteFunction:
        """A function that initializes the variables that a first call makes.

        Raises:
          RuntimeError: the function was called before.
        """
        if self._stateful_fn is not None:
            raise RuntimeError(
                "get_initialization_function cannot be called after the function has been used"
            )
        self._initialize(args, kwargs)
        return _initializing_function()


def _initializing_function() -> ConcreteFunction:
    # Variables of graphs have initializers: the function that sets them by force is empty.
    def initialize_variables() -> None:
        pass

    return defun(initialize_variables).get_concrete_function()


def _call_nothing() -> None:
    with init_scope():
        _initializing_function()()


@export("function")
def function(
    func: Callable[..., Any] | None = None,
    input_signature: Sequence[Any] | None = None,
    autograph: bool = True,
    experimental_autograph_options: Any = None,
    experimental_relax_shapes: bool = False,
    experimental_compile: bool | None = None,
) -> Any:
    """Makes a Python function that builds nodes a function of tensors, or gives the decorator.
    Stands for `tf.function`.

    Each choice of types and shapes of tensors, and of other arguments, makes a graph function; a
    call is one node. Effects happen at every call, in the program's order. Variables may be made
    at the first call.

    Args:
      func: the Python function.
      input_signature: TensorSpecs of the arguments; then there is one graph function for all.
      autograph: whether `if`, `while`, `for` ... on tensors become conditions and loops of the
        graph, in functions that are called, too.
      experimental_autograph_options: without an effect.
      experimental_relax_shapes: whether functions are shared by arguments of other shapes.
      experimental_compile: noted in the function as `_XlaCompile`.

    Raises:
      TypeError: `input_signature` is not made of TensorSpecs.
    """
    if input_signature is not None:
        validate_signature(input_signature)

    def decorated(inner: Callable[..., Any]) -> Any:
        made = Function(
            inner,
            getattr(inner, "__name__", "function"),
            input_signature,
            autograph,
            experimental_autograph_options,
            experimental_relax_shapes,
            experimental_compile,
        )
        return make_decorator(inner, made)

    return decorated if func is None else decorated(func)
