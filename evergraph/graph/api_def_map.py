"""How ops look in the API: what their definitions say, and what is said over it."""

from collections.abc import KeysView
from typing import Any

from google.protobuf import text_format

from evergraph.base.errors import FailedPreconditionError, InvalidArgumentError, NotFoundError
from evergraph.graph.op_def import get_registered_ops
from evergraph.proto.framework.api_def_pb2 import ApiDef, ApiDefs


class ApiDefMap:
    """The ApiDef of each op: that of its OpDef, changed by those that were put over it."""

    def __init__(self) -> None:
        self._op_per_name = get_registered_ops()
        self._api_defs: dict[str, Any] = {}
        self._asked = False

    def _api_def(self, op_name: str) -> Any:
        if op_name not in self._api_defs:
            op = self._op_per_name[op_name]
            made = ApiDef(graph_op_name=op_name, visibility=ApiDef.VISIBLE)
            made.endpoint.add(name=op_name)
            pairs: Any = (
                (made.in_arg, op.input_arg),
                (made.out_arg, op.output_arg),
                (made.attr, op.attr),
            )
            for field, arguments in pairs:
                for argument in arguments:
                    added = field.add(
                        name=argument.name,
                        rename_to=argument.name,
                        description=argument.description,
                    )
                    if field is made.attr and argument.HasField("default_value"):
                        added.default_value.CopyFrom(argument.default_value)
            made.summary, made.description = op.summary, op.description
            made.arg_order.extend(argument.name for argument in op.input_arg)
            self._api_defs[op_name] = made
        return self._api_defs[op_name]

    def put_api_def(self, text: str | bytes) -> None:
        """Puts ApiDefs, in text format as ApiDefs, over those that there are.

        Raises:
          InvalidArgumentError: the text is not one.
          FailedPreconditionError: it names arguments that the op does not have, or an ApiDef was
            asked for already.
        """
        if self._asked:
            raise FailedPreconditionError(
                None,
                None,
                "TF_ApiDefMapPut cannot be called after TF_ApiDefMapGet has been called.",
            )
        try:
            given = text_format.Parse(text, ApiDefs())
        except text_format.ParseError as error:
            raise InvalidArgumentError(None, None, str(error)) from None
        for change in given.op:
            if change.graph_op_name in self._op_per_name:
                _put(self._api_def(change.graph_op_name), change)

    def get_api_def(self, op_name: str) -> Any:
        """The ApiDef of an op.

        Raises:
          NotFoundError: there is no such op.
        """
        self._asked = True
        if op_name not in self._op_per_name:
            raise NotFoundError(None, None, f"Operation {op_name} not found.")
        found = ApiDef()
        found.CopyFrom(self._api_def(op_name))
        return found

    def get_op_def(self, op_name: str) -> Any:
        """The OpDef of an op.

        Raises:
          ValueError: there is no such op.
        """
        if op_name not in self._op_per_name:
            raise ValueError(f"No entry found for {op_name}.")
        return self._op_per_name[op_name]

    def op_names(self) -> KeysView[str]:
        """The names of all ops."""
        return self._op_per_name.keys()


def _put(api_def: Any, change: Any) -> None:
    """Changes an ApiDef by another."""
    name = api_def.graph_op_name
    for own, new in (
        (api_def.in_arg, change.in_arg),
        (api_def.out_arg, change.out_arg),
        (api_def.attr, change.attr),
    ):
        known = {argument.name: argument for argument in own}
        for argument in new:
            if argument.name not in known:
                raise FailedPreconditionError(
                    None, None, f"Argument {argument.name} not defined in base api for {name}"
                )
            known[argument.name].MergeFrom(argument)
    if change.arg_order:
        if sorted(change.arg_order) != sorted(api_def.arg_order):
            raise FailedPreconditionError(
                None,
                None,
                f"Invalid arg_order: {', '.join(change.arg_order)} for {name}. All elements in "
                f"arg_order override must match base arg_order: {', '.join(api_def.arg_order)}",
            )
        api_def.arg_order[:] = change.arg_order
    if change.visibility != ApiDef.DEFAULT_VISIBILITY:
        api_def.visibility = change.visibility
    if change.endpoint:
        del api_def.endpoint[:]
        api_def.endpoint.extend(change.endpoint)
    for field in ("summary", "description", "deprecation_message"):
        if getattr(change, field):
            setattr(api_def, field, getattr(change, field))
    if change.deprecation_version:
        api_def.deprecation_version = change.deprecation_version
    if change.description_prefix:
        api_def.description = f"{change.description_prefix}\n{api_def.description}"
    if change.description_suffix:
        api_def.description = f"{api_def.description}\n{change.description_suffix}"
