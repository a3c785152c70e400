"""The text of profiles: numbers, tables, what the options and the columns mean."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from evergraph.library.profiler.records import Record

SELECTABLE = {
    "bytes": "requested bytes",
    "peak_bytes": "peak bytes",
    "residual_bytes": "residual bytes",
    "output_bytes": "output bytes",
    "micros": "total execution time | accelerator execution time | cpu execution time",
    "accelerator_micros": "accelerator execution time",
    "cpu_micros": "cpu execution time",
    "params": "# parameters",
    "float_ops": "# float_ops",
    "device": "assigned devices",
    "op_types": "op types",
    "occurrence": "op count (run|defined)",
    "input_shapes": "input shapes",
}
_TIMES = {
    "micros": "total execution time: what ran on accelerators and on the CPU together.",
    "cpu_micros": "cpu execution time: from start to end, with waiting for what was launched.",
    "accelerator_micros": "accelerator execution time: as the accelerator measured it.",
}
_MEANINGS = {
    "bytes": "requested bytes: all memory that was asked for while a node ran.",
    "peak_bytes": "peak bytes: the most memory that was held at one time.",
    "residual_bytes": "residual bytes: memory that was still held at the end.",
    "output_bytes": "output bytes: the size of what a node gives, whoever made it.",
    "micros": "\n".join(_TIMES.values()),
    "accelerator_micros": _TIMES["accelerator_micros"],
    "cpu_micros": _TIMES["cpu_micros"],
    "params": "param: entries of variables.",
    "float_ops": "flops: floating-point operations, where they are known for a type of node.",
    "tensor_value": "tensor_value: not supported.",
    "device": "device: where nodes ran.",
    "op_types": "op_types: the type of a node, its device, and types that were given to it.",
    "occurrence": "occurrence: how often nodes ran, and how many there are.",
    "input_shapes": "input shape: shapes of the tensors that nodes take.",
}
_VIEWS = {
    "scope": "scope: nodes by their names, whose parts are like folders.",
    "graph": "graph: nodes, each above those that it takes its inputs from.",
    "code": "code: lines of Python, each above those that it called, with the nodes made there.",
    "op": "op: all nodes of a type together.",
}
MEMORY_OF = {
    "bytes": "requested_bytes",
    "peak_bytes": "peak_bytes",
    "residual_bytes": "residual_bytes",
    "output_bytes": "output_bytes",
}
TIMES_OF = {
    "micros": ("exec_micros", "accelerator_exec_micros", "cpu_exec_micros"),
    "accelerator_micros": ("accelerator_exec_micros",),
    "cpu_micros": ("cpu_exec_micros",),
}
OPTIONS = (
    *("max_depth", "min_bytes", "min_peak_bytes", "min_residual_bytes", "min_output_bytes"),
    *("min_micros", "min_accelerator_micros", "min_cpu_micros", "min_params", "min_float_ops"),
    *("min_occurrence", "step", "order_by", "account_type_regexes", "start_name_regexes"),
    *("trim_name_regexes", "show_name_regexes", "hide_name_regexes"),
    *("account_displayed_op_only", "select", "output"),
)


def number(n: int) -> str:
    """A count with k, m or b for thousands, millions and billions."""
    for limit, unit in ((1_000, ""), (1_000_000, "k"), (1_000_000_000, "m")):
        if n < limit:
            return f"{n / (limit // 1000):.2f}{unit}" if unit else str(n)
    return f"{n / 1_000_000_000:.2f}b"


def time(micros: int) -> str:
    """A duration in us, ms or sec."""
    if micros < 1_000:
        return f"{micros}us"
    if micros < 1_000_000:
        return f"{micros / 1_000:.2f}ms"
    return f"{micros / 1_000_000:.2f}sec"


def memory(size: int) -> str:
    """A size in B, KB or MB."""
    if size < 1_000:
        return f"{size}B"
    if size < 1_000_000:
        return f"{size / 1_000:.2f}KB"
    return f"{size / 1_000_000:.2f}MB"


def shape(dims: Sequence[int]) -> str:
    """Sizes with x between them."""
    return "x".join(map(str, dims))


def input_shapes(shapes: dict[int, list[int]]) -> list[str]:
    """The shape of each input, with its number."""
    return [f"{i}:{shape(dims) or 'unknown'}" for i, dims in sorted(shapes.items())]


def legend(columns: Iterable[str], selected: set[str], names: dict[str, str]) -> str:
    """What the columns of a table are."""
    found = [names[column] for column in shown_columns(columns, selected)]
    return f"node name | {' | '.join(found)}\n"


def shown_columns(columns: Iterable[str], selected: set[str]) -> list[str]:
    """Those of `columns` that are selected; the parts of a time are not shown beside it."""
    parts = {"accelerator_micros", "cpu_micros"} if "micros" in selected else set()
    return [column for column in columns if column in selected - parts]


def own_of_total(shown: Any, field: str, text: Callable[[int], str], unit: str = "") -> str:
    """A figure of a node, and the total of what is below it."""
    own = text(getattr(shown.message, field)) if shown.account else "--"
    return f"{own}/{text(getattr(shown.message, f'total_{field}'))}{unit}"


def plain_columns(shown: Any, column: str) -> list[str]:
    """Columns that trees of nodes and of lines of code have in common."""
    if column in MEMORY_OF:
        return [own_of_total(shown, MEMORY_OF[column], memory)]
    if column in TIMES_OF:
        return [own_of_total(shown, field, time) for field in TIMES_OF[column]]
    if column == "params":
        return [own_of_total(shown, "parameters", number, " params")]
    return [own_of_total(shown, "float_ops", number, " flops")]


TREE_COLUMNS = (
    *("params", "float_ops", "bytes", "peak_bytes", "residual_bytes", "output_bytes", "micros"),
    *("accelerator_micros", "cpu_micros", "device", "op_types", "occurrence", "input_shapes"),
)


def tree_line(shown: Any, record: Record, shapes: dict[int, list[int]], selected: set[str]) -> str:
    """The line of a node."""
    found: list[str] = []
    for column in shown_columns(TREE_COLUMNS, selected):
        if column == "params" and record.shape:
            found.append(shape(record.shape))
        if column == "device":
            found += [record.device] if record.device else []
        elif column == "op_types":
            found.append("|".join(sorted(record.types)))
        elif column == "occurrence":
            runs = own_of_total(shown, "run_count", number)
            defined = "1" if shown.account else "--"
            found.append(f"{runs}|{defined}/{number(shown.message.total_definition_count)}")
        elif column == "input_shapes":
            found.append("|".join(input_shapes(shapes)))
        else:
            found += plain_columns(shown, column)
    return f"{record.name} ({', '.join(found)})"


def meanings(view: str, selected: Iterable[str]) -> str:
    """What a view shows, and what its columns are."""
    found = [_MEANINGS.get(column, f"Unknown select: {column}") for column in sorted(set(selected))]
    return "\nDoc:\n" + "\n".join([_VIEWS[view], *found]) + "\n\n"


def options_text(options: Any, output_type: str, output_options: dict[str, str]) -> str:
    """The options as a table."""
    lines = []
    for name in OPTIONS:
        value = getattr(options, name)
        if name == "output":
            pairs = ",".join(f"{k}={v}" for k, v in sorted(output_options.items()))
            value = f"{output_type}:{pairs}"
        elif name == "select":
            value = ",".join(sorted(set(value)))
        elif isinstance(value, bool):
            value = str(value).lower()
        elif not isinstance(value, (int, str)):
            value = ",".join(value)
        lines.append(f"{'-' + name:<28}{value}\n")
    return "".join(lines)
