"""Comparing protocol messages, with numbers at the precision that they keep on the wire."""

from typing import Any

from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

DIGITS = {FieldDescriptor.TYPE_FLOAT: 6, FieldDescriptor.TYPE_DOUBLE: 7}


def NormalizeNumberFields(pb: Message) -> Message:
    """Round the floating-point fields of a message, in place; returns it."""
    for field, value in pb.ListFields():
        repeated = hasattr(value, "__len__") and not isinstance(value, str | bytes)
        if field.type in DIGITS:
            digits = DIGITS[field.type]
            if repeated:
                value[:] = [round(x, digits) for x in value]
            else:
                setattr(pb, field.name, round(value, digits))
        elif field.message_type is not None:
            if not repeated:
                NormalizeNumberFields(value)
            elif not field.message_type.GetOptions().map_entry:
                for item in value:
                    NormalizeNumberFields(item)
            elif field.message_type.fields_by_name["value"].message_type is not None:
                for item in value.values():
                    NormalizeNumberFields(item)
    return pb


def ProtoEq(a: Message, b: Message) -> bool:
    """Whether two messages are equal."""
    return a == b


def assertProtoEqual(
    self: Any,
    a: Message | str,
    b: Message | str,
    check_initialized: bool = True,
    normalize_numbers: bool = False,
    msg: str | None = None,
) -> None:
    """Fail the test case `self`, showing the difference, if two messages are not equal.

    One of them may be given as text. With `normalize_numbers` small differences in floating-point
    numbers do not count.
    """
    if isinstance(a, str):
        a = text_format.Merge(a, type(b)())
    messages = []
    for message in (a, text_format.Merge(b, type(a)()) if isinstance(b, str) else b):
        if check_initialized and (missing := message.FindInitializationErrors()):
            self.fail(f"Initialization errors: {missing}\n{message}")
        if normalize_numbers:
            copy = type(message)()
            copy.CopyFrom(message)
            message = NormalizeNumberFields(copy)
        messages.append(text_format.MessageToString(message, descriptor_pool=None))
    self.assertMultiLineEqual(messages[0], messages[1], msg=msg)


class ProtoAssertions:
    """For test cases: `assertProtoEqual` as a method."""

    def assertProtoEqual(self, *args: Any, **kwargs: Any) -> None:
        """The function of this name."""
        assertProtoEqual(self, *args, **kwargs)
