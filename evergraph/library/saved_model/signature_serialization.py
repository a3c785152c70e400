"""The signatures of objects that are saved: functions of flat tensors that give dicts of them."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from evergraph.base import nest
from evergraph.base.compat import as_bytes, as_str, as_str_any
from evergraph.base.tensor_spec import TensorSpec
from evergraph.base.trackable import Trackable
from evergraph.graph.tensor import Tensor
from evergraph.library.eager import def_function
from evergraph.library.eager import function as defun
from evergraph.library.saved_model import signature_constants
from evergraph.library.saved_model.revived_types import register_revived_type

DEFAULT_SIGNATURE_ATTR = "_default_save_signature"
SIGNATURE_ATTRIBUTE_NAME = "signatures"


def _get_signature(function: Any) -> Any:
    """A ConcreteFunction, perhaps that of a function's input signature; None for others."""
    with_signature = (defun.Function, def_function.Function)
    if isinstance(function, with_signature) and function.input_signature is not None:
        function = function.get_concrete_function()
    return function if isinstance(function, defun.ConcreteFunction) else None


def _is_valid(concrete_function: Any) -> bool:
    """Whether a function could be a signature: it has results, and these are flat."""
    if not concrete_function.outputs:
        return False
    try:
        _normalize_outputs(concrete_function.structured_outputs, "unused", "unused")
    except ValueError:
        return False
    return True


def find_function_to_export(saveable_view: Any) -> Any:
    """The only function of the root that can be a signature, or the one that it names; or None."""
    functions = saveable_view.list_functions(saveable_view.root)
    named = functions.get(DEFAULT_SIGNATURE_ATTR)
    if named is not None:
        return named
    concrete = [_get_signature(function) for function in functions.values()]
    possible = [function for function in concrete if function is not None and _is_valid(function)]
    return possible[0] if len(possible) == 1 else None


def canonicalize_signatures(signatures: Any) -> dict[str, Any]:
    """Functions as ConcreteFunctions whose results are dicts, by signature keys.

    Raises:
      ValueError: one is no function with an input signature.
    """
    if signatures is None:
        return {}
    if not isinstance(signatures, Mapping):
        signatures = {signature_constants.DEFAULT_SERVING_SIGNATURE_DEF_KEY: signatures}
    return {key: _canonical(key, function) for key, function in signatures.items()}


def _canonical(signature_key: str, function: Any) -> Any:
    signature_function = _get_signature(function)
    if signature_function is None:
        raise ValueError(
            "Expected a TensorFlow function to generate a signature for, but got "
            f"{function}. Only `tf.functions` with an input signature or concrete functions can be "
            "used as a signature."
        )

    def signature_wrapper(**kwargs: Any) -> Any:
        outputs = signature_function(**kwargs)
        return _normalize_outputs(outputs, signature_function.name, signature_key)

    names = [as_str(keyword) for keyword in signature_function._arg_keywords]
    specs = {
        name: TensorSpec(t.shape, t.dtype, name)
        for name, t in zip(names, signature_function.inputs, strict=False)
    }
    final = def_function.function(signature_wrapper).get_concrete_function(**specs)
    # Signatures have no order: one argument needs no name, several do.
    final._num_positional_args = int(len(final._arg_keywords) == 1)
    return final


def _is_flat(sequence: Any) -> bool:
    flat = nest.flatten(sequence)
    try:
        nest.assert_same_structure(flat, sequence, check_types=False)
    except (TypeError, ValueError):
        return False
    return True


def _normalize_outputs(outputs: Any, function_name: Any, signature_key: str) -> Any:
    """Results as a dict of tensors. Raises ValueError where they are nested."""
    if isinstance(outputs, Mapping):
        for key, value in outputs.items():
            if not isinstance(value, Tensor):
                raise ValueError(
                    f"Got a dictionary containing non-Tensor value {value} for key {key} in the "
                    f"output of the function {as_str_any(function_name)} used to generate a "
                    "SavedModel signature. Dictionaries outputs for functions used as signatures "
                    "should have one Tensor output per string key."
                )
        return outputs
    sequence = outputs if isinstance(outputs, Sequence) else [outputs]
    if not _is_flat(sequence):
        raise ValueError(
            f"Got non-flat outputs '{outputs}' from '{as_bytes(function_name)!r}' for SavedModel "
            f"signature '{signature_key}'. Signatures have one Tensor per output, so to have "
            "predictable names Python functions used to generate these signatures should avoid "
            "outputting Tensors in nested structures."
        )
    return {f"output_{i}": output for i, output in enumerate(sequence)}


class _SignatureMap(Mapping, Trackable):  # type: ignore[type-arg]
    """The signatures of a SavedModel by their keys."""

    def __init__(self) -> None:
        self._signatures: dict[str, Any] = {}

    def _add_signature(self, name: str, concrete_function: Any) -> None:
        self._signatures[name] = concrete_function

    def __getitem__(self, key: str) -> Any:
        return self._signatures[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._signatures)

    def __len__(self) -> int:
        return len(self._signatures)

    def __repr__(self) -> str:
        return f"_SignatureMap({self._signatures})"

    def _list_functions_for_serialization(self, serialization_cache: Any) -> dict[str, Any]:
        kinds = (def_function.Function, defun.ConcreteFunction)
        return {key: value for key, value in self.items() if isinstance(value, kinds)}


register_revived_type(
    "signature_map",
    lambda obj: isinstance(obj, _SignatureMap),
    _SignatureMap,
    _SignatureMap._add_signature,
)


def create_signature_map(signatures: Mapping[str, Any]) -> _SignatureMap:
    """The object that has signatures as its parts."""
    made = _SignatureMap()
    for name, function in signatures.items():
        made._add_signature(name, function)
    return made


def validate_saveable_view(saveable_view: Any) -> None:
    """Raises ValueError where the root has an attribute `signatures` of its own."""
    for name, part in saveable_view.list_dependencies(saveable_view.root):
        if name == SIGNATURE_ATTRIBUTE_NAME and not isinstance(part, _SignatureMap):
            raise ValueError(
                f"Exporting an object {saveable_view.root} which has an attribute named "
                f"'{SIGNATURE_ATTRIBUTE_NAME}'. This is a reserved attribute used to store "
                "SavedModel signatures in objects which come from `tf.saved_model.load`. Delete "
                f"this attribute (e.g. 'del obj.{SIGNATURE_ATTRIBUTE_NAME}') before saving if this "
                "shadowing is acceptable."
            )
