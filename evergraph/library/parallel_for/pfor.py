"""The nodes of one iteration, written anew so that they compute all iterations at once.

`PFor` goes through the nodes of a loop's body. Those that do not depend on the iteration stay.
For each of the others the converter of its op type (`converters.py`) makes nodes of tensors that
have an iteration in each row. What has no converter is computed for one row after the other in a
loop.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from evergraph.api import array_ops, math_ops
from evergraph.api.control_flow_ops import group
from evergraph.api.tensor_array_ops import TensorArray
from evergraph.api.while_loop import while_loop
from evergraph.base import dtypes
from evergraph.base.tensor_shape import TensorShape
from evergraph.graph.composite import SparseTensor
from evergraph.graph.conversion import convert_to_tensor
from evergraph.graph.defaults import control_dependencies, get_default_graph
from evergraph.graph.operation import Operation
from evergraph.graph.static_value import constant_value
from evergraph.graph.tensor import Tensor

Converter = Callable[["PForInput"], Any]

_CONVERTERS: dict[str, Converter] = {}


class NotVectorized(ValueError):
    """A converter cannot write its op for all iterations at once."""


class WrappedTensor(NamedTuple):
    """A tensor of the loop: one value for all iterations, or stacked, with one in each row."""

    t: Any
    is_stacked: bool
    is_sparse_stacked: bool = False


def wrap(tensor: Any, is_stacked: bool = True, is_sparse_stacked: bool = False) -> WrappedTensor:
    """What a converter returns for an output."""
    return WrappedTensor(tensor, is_stacked, is_sparse_stacked)


class RegisterPFor:
    """A decorator for the converter of an op type: a function of a `PForInput` that gives a
    WrappedTensor, a list of them, or an Operation."""

    def __init__(self, op_type: str) -> None:
        self.op_type = op_type

    def __call__(self, converter: Converter) -> Converter:
        _CONVERTERS[self.op_type] = converter
        return converter


class RegisterPForWithArgs(RegisterPFor):
    """The same for a converter that is also told the op type and further arguments."""

    def __init__(self, op_type: str, *args: Any, **kw_args: Any) -> None:
        super().__init__(op_type)
        self._args, self._kw_args = args, kw_args

    def __call__(self, converter: Any) -> Any:
        def with_arguments(given: "PForInput") -> Any:
            return converter(given, self.op_type, *self._args, **self._kw_args)

        super().__call__(with_arguments)
        return converter


def passes(*op_types: str) -> Callable[[Converter], Converter]:
    """A decorator for a converter of several op types."""

    def register(converter: Converter) -> Converter:
        for op_type in op_types:
            RegisterPFor(op_type)(converter)
        return converter

    return register


class PForInput:
    """What a converter is given: a node of one iteration, and its inputs as they are for all."""

    def __init__(self, pfor: "PFor", op: Operation, inputs: list[WrappedTensor]) -> None:
        self.pfor = pfor
        self._op = op
        self._inputs = inputs

    @property
    def op(self) -> Operation:
        """The node."""
        return self._op

    @property
    def op_type(self) -> str:
        """Its op type."""
        return self._op.type

    @property
    def inputs(self) -> list[WrappedTensor]:
        """Its inputs, for all iterations."""
        return self._inputs

    @property
    def num_inputs(self) -> int:
        """How many inputs it has."""
        return len(self._inputs)

    @property
    def outputs(self) -> Sequence[Tensor]:
        """Its outputs, of one iteration."""
        return self._op.outputs

    def get_attr(self, attr: str) -> Any:
        """An attr of the node."""
        return self._op.get_attr(attr)

    def input(self, index: int) -> WrappedTensor:
        """An input, for all iterations."""
        return self._inputs[index]

    def stacked_input(self, index: int) -> Tensor:
        """An input that depends on the iteration."""
        if not self._inputs[index].is_stacked:
            raise NotVectorized(f"Input {index} of {self._op.name} is not stacked.")
        return self._inputs[index].t

    def unstacked_input(self, index: int) -> Tensor:
        """An input that must be the same in all iterations, as the shape of the result hangs on
        it.

        Raises:
          ValueError: it depends on the iteration.
        """
        if self._inputs[index].is_stacked:
            name = self._op.op_def.input_arg[min(index, len(self._op.op_def.input_arg) - 1)].name
            raise ValueError(
                f'Input "{name}" of op "{self._op.type}" expected to be loop invariant.\n'
                f"Error while converting op {self._op}with converted inputs\n{self._inputs}"
            )
        return self._inputs[index].t

    def shared_input(self, index: int) -> Tensor:
        """An input that is the same in all iterations; if it is not, each has its own node."""
        if self._inputs[index].is_stacked:
            raise NotVectorized(f"Input {index} of {self._op.name} depends on the iteration.")
        return self._inputs[index].t

    def stack_inputs(self, stack_indices: Iterable[int] | None = None) -> None:
        """Repeats the inputs that are the same in all iterations, so that all are stacked."""
        for i in range(len(self._inputs)) if stack_indices is None else stack_indices:
            self._inputs[i] = self.pfor.stacked(self._inputs[i])

    def expanddim_inputs_for_broadcast(self) -> None:
        """Gives stacked inputs axes of size 1, so that they broadcast as in one iteration."""
        ranks = [_rank(t) for t in self._op.inputs]
        most = max(ranks, default=0)
        for i, (wrapped, rank) in enumerate(zip(self._inputs, ranks, strict=True)):
            if wrapped.is_stacked and rank < most:
                shape = array_ops.shape(wrapped.t)
                ones = array_ops.ones([most - rank], dtypes.int32)
                new = array_ops.concat([shape[:1], ones, shape[1:]], axis=0)
                self._inputs[i] = wrap(array_ops.reshape(wrapped.t, new))

    def again(self, inputs: Sequence[Any] | None = None, **attrs: Any) -> list[Tensor]:
        """The node once more with other inputs (default: those for all iterations)."""
        given = [w.t for w in self._inputs] if inputs is None else list(inputs)
        return list(copy_node(self._op, given, **attrs).outputs)


def copy_node(op: Operation, inputs: Sequence[Tensor], **attrs: Any) -> Operation:
    """A node like another one, with other inputs and some attrs as AttrValues."""
    kept = {name: value for name, value in op.node_def.attr.items() if name != "_class"}
    return get_default_graph().create_op(
        op.type,
        [convert_to_tensor(x) for x in inputs],
        [t.dtype for t in op.outputs],
        attrs={**kept, **attrs},
        name=op.name.rpartition("/")[2],
    )


def _rank(t: Tensor) -> int:
    if t.shape.ndims is None:
        raise NotVectorized(f"The rank of {t.name} is not known.")
    return t.shape.ndims


class PForConfig:
    """Lets the body of a loop reduce over the iterations."""

    def __init__(self) -> None:
        self._maybe_iters: Any = None
        self._reductions: dict[Tensor, Tensor] = {}
        self._placeholders: dict[Tensor, Tensor] = {}

    def _has_reductions(self) -> int:
        return len(self._reductions)

    def _set_iters(self, iters: Any) -> None:
        self._maybe_iters = iters

    def reduce_concat(self, x: Tensor) -> Tensor:
        """The values of `x` in all iterations, stacked."""
        if x not in self._placeholders:
            iters = self._maybe_iters
            known = constant_value(iters) if isinstance(iters, Tensor) else iters
            with control_dependencies([x]):
                out = array_ops.placeholder(x.dtype, TensorShape([known]).concatenate(x.shape))
            self._reductions[out], self._placeholders[x] = x, out
        return self._placeholders[x]

    def reduce_mean(self, x: Tensor) -> Tensor:
        """The mean of `x` over the iterations."""
        return math_ops.reduce_mean(self.reduce_concat(x), axis=0)

    def reduce_sum(self, x: Tensor) -> Tensor:
        """The sum of `x` over the iterations."""
        return math_ops.reduce_sum(self.reduce_concat(x), axis=0)

    def _lookup_reduction(self, pl: Tensor) -> Tensor | None:
        return self._reductions.get(pl)


# What belongs to a loop, and objects that nodes share: single nodes of these cannot be repeated.
_WITH_CONTEXT = frozenset(
    ("Enter", "Exit", "Merge", "Switch", "NextIteration", "LoopCond")
    + ("RefEnter", "RefExit", "RefMerge", "RefSwitch", "RefNextIteration")
)
_OF_OBJECTS = ("TensorArray", "Stack")

# These give other values in each iteration, whatever their inputs.
_RANDOM = frozenset(
    "RandomUniform RandomUniformInt RandomStandardNormal TruncatedNormal RandomGamma "
    "RandomPoissonV2 Multinomial ParameterizedTruncatedNormal RandomShuffle".split()
)


class PFor:
    """Writes nodes of one iteration for all of them.

    Args:
      loop_var: the placeholder that stands for the iteration's number.
      loop_len: how many iterations there are.
      pfor_ops: the nodes of one iteration.
      pfor_config: what the iteration asked for in reductions.
    """

    def __init__(
        self,
        loop_var: Tensor,
        loop_len: Any,
        pfor_ops: Iterable[Operation],
        all_indices: Any = None,
        all_indices_partitioned: bool = False,
        pfor_config: PForConfig | None = None,
    ) -> None:
        self._loop_var = loop_var
        self._config = pfor_config or PForConfig()
        self._ops = sorted(pfor_ops, key=lambda op: op._id_value)
        self._loop_len = convert_to_tensor(loop_len)
        self._known_len = constant_value(self._loop_len)
        self._done: dict[Tensor, WrappedTensor] = {}
        self._runs: dict[Operation, Operation | None] = {}
        self._range: Tensor | None = None
        self._changing = self._changing_ops()

    @property
    def loop_len_vector(self) -> Tensor:
        """The number of iterations, as a vector of one element."""
        return array_ops.expand_dims(self._loop_len, 0)

    @property
    def all_indices(self) -> Tensor:
        """The numbers of the iterations."""
        if self._range is None:
            self._range = math_ops.range(self._loop_len)
        return self._range

    def _changing_ops(self) -> set[Operation]:
        """The nodes of the body that differ between iterations, by themselves or their inputs."""
        changing = {self._loop_var.op}
        inside = set(self._ops)
        # Several times, as loops have nodes whose inputs were made after them.
        size = 0
        while size != len(changing):
            size = len(changing)
            for op in self._ops:
                if op not in changing and (
                    op.type in _RANDOM
                    or any(self._config._lookup_reduction(t) is not None for t in op.outputs)
                    or any(t.op in changing for t in op.inputs)
                    or any(c in changing for c in op.control_inputs if c in inside)
                ):
                    changing.add(op)
        return changing

    def needs_loop(self, outputs: Iterable[Any]) -> bool:
        """Whether what `outputs` are computed from has loops, branches or arrays of its own."""
        waiting = [x if isinstance(x, Operation) else x.op for x in outputs]
        seen: set[Operation] = set()
        while waiting:
            op = waiting.pop()
            if op in seen or op not in self._changing:
                continue
            seen.add(op)
            if op.type in _WITH_CONTEXT or op.type.startswith(_OF_OBJECTS):
                return True
            waiting += [t.op for t in op.inputs] + list(op.control_inputs)
            for t in op.outputs:
                reduced = self._config._lookup_reduction(t)
                waiting += [] if reduced is None else [reduced.op]
        return False

    # -- values

    def stacked(self, wrapped: WrappedTensor) -> WrappedTensor:
        """The tensor with a row for each iteration."""
        if wrapped.is_stacked:
            return wrapped
        t = convert_to_tensor(wrapped.t)
        rows = array_ops.expand_dims(t, 0)
        ones = array_ops.ones([array_ops.rank(t)], dtypes.int32)
        result = array_ops.tile(rows, array_ops.concat([self.loop_len_vector, ones], axis=0))
        result.set_shape(TensorShape([self._known_len]).concatenate(t.shape))
        return wrap(result)

    def convert(self, y: Any) -> Any:
        """`y` of all iterations: a tensor with a row for each; a node that does what a node did.

        A SparseTensor becomes one with one more axis.
        """
        if y is None:
            return None
        if isinstance(y, Operation):
            self._convert_op(y)
            return group(self._run_of(y))
        if isinstance(y, SparseTensor):
            return self._convert_sparse(y)
        return self.stacked(self._value(y)).t

    def _value(self, y: Tensor) -> WrappedTensor:
        if y.op in self._changing and y not in self._done:
            self._convert_op(y.op)
        return self._done.get(y, wrap(y, False))

    def _run_of(self, op: Operation) -> Operation:
        return self._runs.get(op) or op

    def _convert_op(self, wanted: Operation) -> None:
        """Converts a node, and before it all that it needs."""
        waiting = [wanted]
        while waiting:
            op = waiting[-1]
            if op in self._runs or op not in self._changing:
                waiting.pop()
                continue
            before = [t.op for t in op.inputs] + list(op.control_inputs)
            reduced = [self._config._lookup_reduction(t) for t in op.outputs]
            before += [t.op for t in reduced if t is not None]
            missing = [o for o in before if o in self._changing and o not in self._runs]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            self._convert_one(op)

    def _convert_one(self, op: Operation) -> None:
        if op is self._loop_var.op:
            self._done[self._loop_var] = wrap(self.all_indices)
            self._runs[op] = self.all_indices.op
            return
        reduced = self._config._lookup_reduction(op.outputs[0]) if op.outputs else None
        if reduced is not None:
            whole = self.stacked(self._value(reduced)).t
            self._done[op.outputs[0]] = wrap(whole, False)
            self._runs[op] = whole.op
            return
        inputs = [self._value(t) for t in op.inputs]
        after = [self._run_of(c) for c in op.control_inputs]
        with control_dependencies(after):
            if op.type not in _RANDOM and not any(w.is_stacked for w in inputs) and op.outputs:
                # It only waits for what differs.
                found: Any = [wrap(t, False) for t in copy_node(op, [w.t for w in inputs]).outputs]
            else:
                found = self._converted(op, inputs)
        if isinstance(found, Operation):
            self._runs[op] = found
            return
        found = [found] if isinstance(found, WrappedTensor) else list(found)
        for t, wrapped in zip(op.outputs, found, strict=True):
            if wrapped.is_stacked:
                wrapped.t.set_shape(TensorShape([self._known_len]).concatenate(t.shape))
            self._done[t] = wrapped
        self._runs[op] = group(*(w.t for w in found)) if len(found) != 1 else found[0].t.op

    def _converted(self, op: Operation, inputs: list[WrappedTensor]) -> Any:
        converter = _CONVERTERS.get(op.type)
        if converter is not None:
            try:
                return converter(PForInput(self, op, list(inputs)))
            except NotVectorized:
                pass
        return self._one_by_one(op, inputs)

    def _one_by_one(self, op: Operation, inputs: list[WrappedTensor]) -> Any:
        """The node for each iteration in turn."""

        def run(i: Any) -> Operation:
            return copy_node(
                op, [array_ops.gather(w.t, i) if w.is_stacked else w.t for w in inputs]
            )

        if not op.outputs:

            def act(i: Any) -> Any:
                with control_dependencies([run(i)]):
                    return i + 1

            return while_loop(lambda i: i < self._loop_len, act, [0], parallel_iterations=1).op

        def step(i: Any, *arrays: TensorArray) -> Any:
            outputs = run(i).outputs
            return [i + 1, *(a.write(i, t) for a, t in zip(arrays, outputs, strict=True))]

        empty = [TensorArray(t.dtype.base_dtype, self._loop_len) for t in op.outputs]
        results = while_loop(lambda i, *_: i < self._loop_len, step, [0, *empty])[1:]
        return [wrap(array.stack()) for array in results]

    def _convert_sparse(self, y: SparseTensor) -> SparseTensor:
        parts = [self.stacked(self._value(t)).t for t in (y.indices, y.values, y.dense_shape)]
        indices, values, shapes = parts
        count = array_ops.shape(indices, out_type=dtypes.int64)[1]
        rows = array_ops.repeat_with_axis(
            math_ops.cast(self.all_indices, dtypes.int64), count, axis=0
        )
        flat = array_ops.reshape(indices, [-1, array_ops.shape(indices)[2]])
        return SparseTensor(
            array_ops.concat([array_ops.expand_dims(rows, 1), flat], axis=1),
            array_ops.reshape(values, [-1]),
            array_ops.concat(
                [
                    math_ops.cast(self.loop_len_vector, dtypes.int64),
                    math_ops.reduce_max(shapes, axis=0),
                ],
                axis=0,
            ),
        )
