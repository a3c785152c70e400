"""Sets of element types that op signatures name, in the order of TensorFlow's OpDefs."""

TYPE_SETS: dict[str, tuple[str, ...]] = {}
