"""Which comes first of reads and writes of a variable that nothing orders: what TensorFlow 1.15's
executor does in nearly every run, as far as its threads do not decide."""

from evergraph.graph.operation import Operation
from evergraph.graph.tensor import Tensor

Order = dict[Operation, list[Operation]]
"""By node the nodes that it comes after."""


def writes_state(op: Operation) -> bool:
    """Whether a node changes a variable or another object of the session."""
    if not op._inputs:
        return False
    first = op._inputs[0]._dtype
    if op._input_types_val is not None and first._is_ref_dtype:
        return True
    return op._is_stateful and first.name == "resource" and op._type not in READS


READS = frozenset(
    ["ReadVariableOp", "VariableShape", "VarIsInitializedOp", "ResourceGather"]
    + ["IsVariableInitialized"]
    + ["LookupTableFindV2", "LookupTableSizeV2", "LookupTableExportV2"]
    + ["BoostedTreesGetEnsembleStates", "BoostedTreesSerializeEnsemble", "BoostedTreesPredict"]
    + ["BoostedTreesTrainingPredict", "BoostedTreesExampleDebugOutputs"]
    + ["BoostedTreesQuantileStreamResourceGetBucketBoundaries"]
    + ["IsBoostedTreesEnsembleInitialized"]
    + ["IsBoostedTreesQuantileStreamResourceInitialized"]
    + ["TensorForestTreeIsInitializedOp", "TensorForestTreeSerialize", "TensorForestTreeSize"]
    + ["TensorForestTreePredict"]
)


_FEW_SOURCES, _FEW_BESIDE_LOOPS = 6, 60
"""Nodes without inputs in runs that are so small that TensorFlow does now this first, now that."""


def writes_before(needed: set[Operation], fed: set[Tensor]) -> Order:
    """The writes that a node comes after although nothing says so, as in TensorFlow.

    There a write of what is known at once, as of a counter's next value, is on its way to another
    thread before any node that waits for the variable. Such nodes see what it wrote if they are
    given to a thread themselves: reads of resource variables; casts of reference variables to
    something smaller, which its optimizer lets take the reference itself.

    And of two writes of one variable that which is made at once, as by clipping the variable, is
    there before that which needs products, as a step of training; whatever follows on a product
    sees it, too, where reads share the variable's memory.
    """
    sources = {op for op in needed if not op._inputs and not op._control_inputs}
    after: Order = {}
    loops = any(op._type in ("Enter", "RefEnter") for op in needed)
    if len(sources) < (_FEW_BESIDE_LOOPS if loops else _FEW_SOURCES):
        return after
    for op in needed:
        if op._control_inputs or not writes_state(op) or op._type not in _ASSIGNS:
            continue
        if not all(t in fed or t._op in sources for t in op._inputs):
            continue
        for user in op._inputs[0].consumers():
            if user._type == "ReadVariableOp" and not user._control_inputs:
                after.setdefault(user, []).append(op)
            elif user._type == "Identity":
                for cast in user._outputs[0].consumers():
                    if cast._type == "Cast" and _shrinks(cast, needed):
                        after.setdefault(cast, []).append(op)
    if not loops:
        _quick_first(needed, fed, after)
    return after


def _shrinks(cast: Operation, needed: set[Operation]) -> bool:
    """Whether a cast is to a smaller type and not only for the user, who gets it as it is."""
    before, after = cast._inputs[0].dtype, cast._outputs[0].dtype
    return after.size < before.size and not needed.isdisjoint(cast._outputs[0].consumers())


_ASSIGNS = frozenset(
    ["Assign", "AssignAdd", "AssignSub"]
    + ["AssignVariableOp", "AssignAddVariableOp", "AssignSubVariableOp"]
)

# What is made of variables with these is there at once.
_QUICK = frozenset(
    "Abs Add AddV2 Cast ClipByValue Const Div Greater GreaterEqual Identity Less LessEqual Max "
    "Maximum Mean Min Minimum Mul Neg OnesLike Pow ReadVariableOp RealDiv Reciprocal Rsqrt Select "
    "Sign Sqrt Square Sub Sum VarHandleOp Variable VariableV2 ZerosLike".split()
)
_PRODUCTS = ("MatMul", "BatchMatMul", "Conv", "DepthwiseConv2d", "SparseMatMul", "SparseTensor")


def _quick_first(needed: set[Operation], fed: set[Tensor], after: Order) -> None:
    """Adds that quick writes of a variable come before its others."""
    writes: Order = {}
    for op in needed:
        if writes_state(op):
            writes.setdefault(op._inputs[0]._op, []).append(op)
    behind: dict[Operation, bool] = {}
    for variable, ops in writes.items():
        if len(ops) < 2:
            continue
        quick = [op for op in ops if op._type in _ASSIGNS and _is_quick(op, fed)]
        if not quick or len(quick) == len(ops):
            continue
        for op in ops:
            if op not in quick:
                after.setdefault(op, []).extend(quick)
        for read in variable._outputs[0].consumers():
            if read._type != "Identity" or read not in needed:
                continue  # a read of a resource variable is a copy of what was there
            for user in read._outputs[0].consumers():
                if user in needed and _is_behind_product(user, fed, behind):
                    after.setdefault(user, []).extend(quick)


def _is_quick(write: Operation, fed: set[Tensor]) -> bool:
    """Whether a write needs but a variable's value and what `_QUICK` makes of it."""
    ways, seen, reads = [write], {write}, False
    while ways:
        op = ways.pop()
        if op._control_inputs or (op is not write and op._type not in _QUICK):
            return False
        inputs = op._inputs[1:] if op is write else op._inputs
        if any(t in fed for t in inputs):
            return False
        reads = reads or op._type in ("VariableV2", "Variable", "ReadVariableOp")
        ways.extend(t._op for t in inputs if t._op not in seen)
        seen.update(t._op for t in inputs)
    return reads


def _is_behind_product(op: Operation, fed: set[Tensor], known: dict[Operation, bool]) -> bool:
    """Whether a node waits for a product of matrices or a convolution."""
    ways = [op]
    while ways:
        this = ways[-1]
        sources = [t._op for t in this._inputs if t not in fed] + list(this._control_inputs)
        missing = [s for s in sources if s not in known]
        if missing and this not in known:
            known[this] = False  # should it come again: a cycle
            ways.extend(missing)
            continue
        ways.pop()
        known[this] = any(known[s] or s._type.startswith(_PRODUCTS) for s in sources)
    return known[op]
