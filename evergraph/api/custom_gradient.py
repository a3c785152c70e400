"""Functions with a gradient of their own: `tf.custom_gradient`."""

import itertools
from collections.abc import Callable, Iterator
from typing import Any

from evergraph.api import array_ops
from evergraph.api.resource_variable_ops import is_resource_variable
from evergraph.api.variable_scope import get_variable_scope
from evergraph.base import dtypes, nest, tf_inspect
from evergraph.base.decorator import make_decorator
from evergraph.base.export import export
from evergraph.base.platform import logging
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import get_collection
from evergraph.graph.gradient_registry import (
    RegisterGradient,
    get_gradient_function,
)
from evergraph.graph.graph import get_default_graph
from evergraph.graph.keys import GraphKeys
from evergraph.graph.tape import Tape

Function = Callable[..., Any]
# Names of functions' gradients are not used twice: what registers them is never removed.
_numbers = itertools.count()
_VARIABLE_OPS = ("VariableV2", "VarHandleOp")


@export("custom_gradient")
def custom_gradient(f: Function) -> Function:
    """Decorator for a function that says its gradient itself. Stands for `tf.custom_gradient`.

    Args:
      f: takes tensors and returns a result (tensors, perhaps nested) and `grad_fn`. That takes the
        gradient of each result and returns one for each argument; if `f` uses variables it takes
        `variables`, too, and returns the list of their gradients in second place.

    Raises:
      ValueError: at a call with keyword arguments.
      TypeError: at a call, where variables are used that `grad_fn` does not take, or that are not
        resource variables.
    """

    def decorated(*args: Any, **kwargs: Any) -> Any:
        return _call(f, args, kwargs)

    return make_decorator(f, decorated)


def _call(f: Function, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    if kwargs:
        raise ValueError(
            "The custom_gradient decorator currently supports keywords arguments only when eager "
            "execution is enabled."
        )
    name = f"CustomGradient-{next(_numbers)}"
    inputs = [convert_to_tensor(x) for x in args]
    before = _scope_variables()
    tape = Tape()
    tape.start()
    try:
        result, grad_fn = f(*inputs)
    finally:
        tape.stop()
    for variable in _scope_variables():
        if not any(variable is old for old in before) and not is_resource_variable(variable):
            raise TypeError(
                "All variables used by a function wrapped with @custom_gradient must be "
                "`ResourceVariable`s. Ensure that no `variable_scope` is created with "
                "`use_resource=False`."
            )
    variables = _dependent_variables(inputs, result)
    read = tape.variables.values()
    variables += [v for v in read if not any(v is other for other in variables)]
    _check_signature(grad_fn, variables)
    flat_result = nest.flatten(result)

    def gradient(_: Any, *grads: Any) -> list[Any]:
        own = grads[: len(flat_result)]
        return [None] * len(flat_result) + _input_grads(grad_fn, own, variables)

    RegisterGradient(name)(gradient)
    with get_default_graph().gradient_override_map({"IdentityN": name}):
        tensors = array_ops.identity_n(flat_result + inputs + variables)
    for variable in variables:
        convert_to_tensor(variable)  # TensorFlow's graph has each read a second time.
    return nest.pack_sequence_as(structure=result, flat_sequence=tensors[: len(flat_result)])


def _scope_variables() -> list[Any]:
    scope = get_variable_scope()
    return scope.global_variables() + scope.local_variables()


def _check_signature(grad_fn: Function, variables: list[Any]) -> None:
    spec = tf_inspect.getfullargspec(grad_fn)
    takes_variables = "variables" in spec.args or spec.varkw
    if variables and not takes_variables:
        raise TypeError(
            "If using @custom_gradient with a function that uses variables, then grad_fn must "
            "accept a keyword argument 'variables'."
        )
    if takes_variables and not variables:
        if not get_variable_scope().use_resource:
            raise TypeError(
                "If using @custom_gradient with a function that uses variables, the enclosing "
                "variable scope must have use_resource=True."
            )
        logging.warn(
            "@custom_gradient grad_fn has 'variables' in signature, but no ResourceVariables were "
            "used on the forward pass."
        )


def _input_grads(grad_fn: Function, grads: Any, variables: list[Any]) -> list[Any]:
    """The gradients of the arguments and of the variables."""
    if not variables:
        return nest.flatten(grad_fn(*grads))
    input_grads, variable_grads = grad_fn(*grads, variables=variables)
    if len(variable_grads) != len(variables):
        raise ValueError("Must return gradient for each variable from @custom_gradient grad_fn.")
    return nest.flatten(input_grads) + list(variable_grads)


def _dependent_variables(inputs: list[Any], outputs: Any) -> list[Any]:
    """The trainable variables that `outputs` are differentiably made of, up to `inputs`. A tape
    does not know of those that were read before."""
    # The copies are nodes of TensorFlow's graph, too.
    copies = [array_ops.identity(t) for t in nest.flatten(outputs)]
    found = []
    for op in _walk_back(copies, inputs):
        if op.type in _VARIABLE_OPS:
            candidates = get_collection(GraphKeys.GLOBAL_VARIABLES, scope=f"{op.name}:0")
            if not candidates:
                raise ValueError(f"Unsuccessful at finding variable {op.name}.")
            found += [v for v in candidates if v.trainable]
    return found


def _walk_back(outputs: list[Any], inputs: list[Any]) -> Iterator[Any]:
    """The operations before `outputs` that have gradients, without those of `inputs`."""
    stops = {id(t.op) for t in inputs}
    seen = {id(t.op) for t in outputs}
    waiting = [t.op for t in outputs]
    while waiting:
        for tensor in waiting.pop().inputs:
            op = tensor.op
            if id(op) in stops or id(op) in seen:
                continue
            seen.add(id(op))
            if op.type in _VARIABLE_OPS or _is_differentiable(op):
                waiting.append(op)
                yield op


def _is_differentiable(op: Any) -> bool:
    try:
        return get_gradient_function(op) is not None
    except LookupError:
        return False


@export("grad_pass_through")
def grad_pass_through(f: Function) -> Function:
    """`f` with the identity's gradient. Stands for `tf.grad_pass_through`.

    Args:
      f: a function of tensors; gradients of variables that it uses are None.
    """

    @custom_gradient
    def passing(*args: Any, **kwargs: Any) -> Any:
        def grad(*grads: Any, **options: Any) -> Any:
            variables = options.get("variables")
            return grads if variables is None else (grads, [None] * len(variables))

        return f(*args, **kwargs), grad

    return make_decorator(f, passing)


def copy_handle_data(source_t: Any, target_t: Any) -> None:
    """Says that two tensors stand for the same variable, list or table: what is known of the one is
    known of the other. What stands for nothing is left as it is."""
    if target_t.dtype in (dtypes.resource, dtypes.variant):
        target_t._handle_data = source_t._handle_data
