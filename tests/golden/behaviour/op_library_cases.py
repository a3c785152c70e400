"""Nodes by the names of ops, inputs and attrs: OpDefLibrary, over the ops of TensorFlow's tests."""

import re

from outcomes import Cases, describe, tried

CASES = Cases()
case = CASES.case


def told(result):
    if isinstance(result, (list, tuple)):
        return [told(r) for r in result]
    op = getattr(result, "op", result)
    attrs = sorted(
        (k, re.sub(r"f: ([-0-9.]+)", lambda m: "f: %.3f" % float(m.group(1)), str(v)))  # noqa: UP031
        for k, v in op.node_def.attr.items()
    )
    return [result.name, op.type, [i.name for i in op.inputs], attrs]


class Calls:
    """Calls of a library's `apply_op`, each in a graph of its own, and what they gave."""

    def __init__(self, tf, module):
        self.tf = tf
        self.lib = module("python.framework.test_ops")._op_def_lib
        self.found = {}

    def __call__(self, op_type, **keywords):
        label = "%s %s" % (op_type, len(self.found))  # noqa: UP031 - Python 3.7

        def made():
            given = {
                k: v() if callable(v) and getattr(v, "__name__", "") == "<lambda>" else v
                for k, v in keywords.items()
            }
            return told(self.lib.apply_op(op_type, **given))

        with self.tf.Graph().as_default():
            # The word "real" came with Python 3.10.
            self.found[label] = str(tried(made)).replace("real number", "number")

    def constant(self, value, **keywords):
        return lambda: self.tf.constant(value, **keywords)


@case
def nodes_by_name_0(tf, module):
    t = Calls(tf, module)
    c = t.constant
    t("unknown")
    t("Simple", a=3)
    t("Simple", a=3, name="foo")
    t("Simple", a="Bad string")
    t("Simple")
    t("Simple", wrong=7)
    t("Simple", a={"label": 1})
    t("Simple", a=c([1.0, 2.0]))
    t("Simple", a=[3, 4])
    t("Simple", a=None)
    t("Simple", a=3, extra="bogus")
    t("Simple", a=3, extra1="b", extra2="c")
    t("ReservedInput", input_=7)
    t("ReservedInput", input=7)
    t("ReservedAttr", range_=7)
    t("ReservedAttr", range=7)
    t("Polymorphic", a=7)
    t("Polymorphic", a="s")
    t("Polymorphic", a=["s", "t"])
    t("Polymorphic", a=0.5)
    t("Polymorphic", a=True)
    t("Polymorphic", a=1, T=tf.string)
    t("Polymorphic", a=None)
    t("Polymorphic", a=c(1, dtype=tf.int64), T=tf.int64)
    t("PolymorphicOut", T=tf.int32)
    t("PolymorphicOut")
    t("PolymorphicOut", T=None)
    t("PolymorphicOut", T=3)
    t("PolymorphicOut", T="int64")
    t("PolymorphicDefaultOut")
    t("PolymorphicDefaultOut", T=None)
    t("PolymorphicDefaultOut", T=tf.bool)
    t("Binary", a=8, b=9)
    t("Binary", a="l", b="r")
    t("Binary", a="left", b=12)
    t("Binary", a=c("l"), b=c(12))
    t("Binary", a=c("l"), b=12)
    t("Binary", a=c([1, 2]), b=[3.5])
    t("Restrict", a="foo")
    t("Restrict", a=True)
    t("Restrict", a=17)
    t("Restrict", a=c(17))
    t("TypeList", a=["foo"])
    t("TypeList", a=[True, 12])
    t("TypeList", a=[])
    return t.found


@case
def nodes_by_name_1(tf, module):
    t = Calls(tf, module)
    t("TypeList", a=17)
    t("TypeList", a=[1, 3.0])
    t("TypeListTwice", a=["foo", True], b=["bar", False])
    t("TypeListTwice", a=[], b=[])
    t("TypeListTwice", a=["foo", True], b=["bar", 6])
    t("TypeListTwice", a=["foo"], b=["bar", 6])
    t("OutTypeList", T=[tf.float32])
    t("OutTypeList", T=[tf.int32, tf.bool])
    t("OutTypeList", T=[])
    t("OutTypeList", T=tf.int32)
    t("TypeListRestrict", a=["foo", False])
    t("TypeListRestrict", a=[True, 12])
    t("OutTypeListRestrict", t=[tf.bool, tf.string])
    t("OutTypeListRestrict", t=[tf.string, tf.int32])
    t("Attr", a=12)
    t("Attr", a={"l": 3})
    t("Attr", a="bad")
    t("Attr", a=None)
    t("Attr")
    t("Attr", a=12.0)
    t("Attr", a=[5])
    t("Attr", a=1.5)
    t("AttrFloat", a=1.2)
    t("AttrFloat", a=12)
    t("AttrFloat", a="bad")
    t("AttrFloat", a=[5])
    t("AttrBool", a=True)
    t("AttrBool", a=0)
    t("AttrBool", a=1)
    t("AttrBool", a=[])
    t("AttrBoolList", a=[True, False])
    t("AttrBoolList", a=[])
    t("AttrBoolList", a=[0])
    t("AttrMin", a=12)
    t("AttrMin", a=2)
    t("AttrListMin", a=[1, 2])
    t("AttrListMin", a=[17])
    t("AttrEnum", a="oranges")
    t("AttrEnum", a="invalid")
    t("AttrEnumList", a=["oranges", "apples"])
    t("AttrEnumList", a=["apples", "invalid", "oranges"])
    t("AttrEnum", a=3)
    t("AttrShape", a=[5])
    t("AttrShape", a=(4, 3, 2))
    t("AttrShape", a=tf.TensorShape([3, 2]))
    return t.found


@case
def nodes_by_name_2(tf, module):
    t = Calls(tf, module)
    t("AttrShape", a=5)
    t("AttrShape", a="ABC")
    t("AttrShape", a=None)
    t("AttrShapeList", a=[[3, 2], [6, 5, 4]])
    t("AttrShapeList", a=[])
    t("AttrPartialShape", a=[None, 3])
    t("AttrPartialShape", a=[-1, 3])
    t("AttrPartialShapeList", a=[[None, 2], None])
    t("AttrPartialShape", a=None)
    t("AttrShape", a=[-2])
    t("AttrDefault")
    t("AttrDefault", a="kiwi")
    t("AttrDefault", a=None)
    t("AttrListDefault")
    t("AttrListDefault", a=[])
    t("AttrListDefault", a=None)
    t("AttrEmptyListDefault")
    t("AttrEmptyListDefault", a=[3])
    t("AttrDefault", a=3)
    t("NIntsIn", a=[1, 2])
    t("NIntsIn", a=[5, 4, 3])
    t("NIntsIn", a=["foo", "bar"])
    t("NIntsIn", a=[99])
    t("NIntsIn", a=[38, "bar"])
    t("NIntsIn", a=[])
    t("NIntsIn", a=5)
    t("NIntsIn", a=lambda: [tf.constant(1.0), tf.constant(2.0)])
    t("NIntsIn", a=lambda: [tf.constant(1), tf.constant("b")])
    t("NPolymorphicIn", a=[1, 2])
    t("NPolymorphicIn", a=["foo", "bar"])
    t("NPolymorphicIn", a=[1, "foo"])
    t("NPolymorphicIn", a=[1])
    t("NPolymorphicIn", a=lambda: [1, tf.constant(2.0)])
    t("NPolymorphicIn", a=lambda: [tf.constant("x"), 1])
    t("NPolymorphicIn", a=lambda: [tf.constant(1), tf.constant(2.0)])
    t("NPolymorphicIn", a=17)
    t("NPolymorphicIn", a=[True, "s"])
    t("NPolymorphicIn", a=lambda: ["a", tf.constant("b")])
    t("NPolymorphicRestrictIn", a=["foo", "bar"])
    t("NPolymorphicRestrictIn", a=[False, True, False])
    t("NPolymorphicRestrictIn", a=[1, 2])
    t("NInTwice", a=[1, 2], b=["one", "two"])
    t("NInTwice", a=[], b=[])
    t("NInTwice", a=[1, 2, 3], b=["too short"])
    t("NInPolymorphicTwice", a=[1, 2, 3], b=[5, 6])
    return t.found


@case
def nodes_by_name_3(tf, module):
    t = Calls(tf, module)
    c = t.constant
    lib = t.lib
    from_proto = module("core.framework.attr_value_pb2").NameAttrList
    t("NInPolymorphicTwice", a=[1, 2], b=["one", "two"])
    t("NInTwoTypeVariables", a=[1, 2], b=[True, False])
    t("NInTwoTypeVariables", a=[], b=[])
    t("NInPolymorphicTwice", a=[4], b=[6])
    t("NInPolymorphicTwice", a=[8], b=[])
    t("NInTwoTypeVariables", a=[1, 2, 3], b=[5])
    t("NIntsOut", N=2)
    t("NIntsOut", N=1)
    t("NIntsOut", N=[3])
    t("NIntsOut")
    t("NIntsOutDefault")
    t("NIntsOutDefault", N=None)
    t("NPolymorphicOut", N=3, T=tf.int32)
    t("NPolymorphicOut", N=1, T=tf.string)
    t("NPolymorphicOut", N=3, T=[tf.string])
    t("NPolymorphicOutDefault")
    t("NPolymorphicOutDefault", N=None, T=None)
    t("NPolymorphicRestrictOut", N=3, T=tf.bool)
    t("NPolymorphicRestrictOut", N=3, T=tf.int32)
    t("RefIn", a=lambda: lib.apply_op("RefOut", T=tf.bool))
    t("RefIn", a=c(True))
    t(
        "TwoRefsIn",
        a=lambda: lib.apply_op("RefOut", T=tf.int32, name="x"),
        b=lambda: lib.apply_op("RefOut", T=tf.int32, name="y"),
    )
    t("TwoRefsIn", a=lambda: lib.apply_op("RefOut", T=tf.int32, name="x"), b=c(2))
    t("RefOut", T=tf.bool)
    t("Simple", a=lambda: lib.apply_op("RefOut", T=tf.int32))
    t("MixedStruct", n_a=3)
    t("MixedStruct", n_a=0)
    t("SimpleStruct", n_a=3)
    t("SimpleStruct", n_a=0)
    t("ComplexStruct", n_a=1, n_b=3, t_c=[tf.bool, tf.bool])
    t("ComplexStruct", n_a=0, n_b=0, t_c=[])
    t("ComplexStruct", n_a=1, n_b=2)
    t("FuncAttr", f="MyFn")
    t("FuncAttr", f=from_proto(name="x"))
    t("FuncAttr", f=3)
    t("FuncListAttr", f=["a", "b"])
    t("FuncListAttr", f=[3])
    t("DefaultAttrs")
    t("ListInput", a=[1, 2])
    t("ListOutput", T=[tf.int32, tf.string])
    t("A")
    t("TwoFloatOutputs")
    t("FiveFloatOutputs")
    t("AttrTypeDefault", a=1)
    t("AttrListTypeDefault", a=[1], b=[2])
    return t.found


@case
def nodes_by_name_4(tf, module):
    t = Calls(tf, module)
    t("AttrTypeDefault", a=[])
    t("AttrListTypeDefault", a=[], b=[])
    t("AttrTypeDefault", a=1.5)
    t("Old")
    t("OpWithDefaultAttr")
    t("OpWithDefaultAttr", default_float=2)
    t("TestAttr", T=tf.float32)
    t("TestAttr", T=tf.int32)
    t("IntAttr")
    t("StringListAttr", a=["b"], b="c")
    t("StringListAttr", a="b", b="c")
    return t.found


@case
def definitions(tf, module):
    proto = module("core.framework.op_def_pb2")
    lib = module("python.framework.op_def_library").OpDefLibrary()
    kinds = module("python.framework.dtypes")
    found = {}
    int32 = kinds.int32.as_datatype_enum

    def definition(name, inputs=(), outputs=(), attrs=()):
        made = proto.OpDef(name=name)
        for arguments, field in ((inputs, made.input_arg), (outputs, made.output_arg)):
            for fields in arguments:
                field.add(name="a", **fields)
        for attr, kind in attrs:
            made.attr.add(name=attr, type=kind)
        return made

    bad = {
        "no attr": definition("NoAttr", [{"type_attr": "T"}]),
        "int as type": definition("IntAsType", [], [{"type_attr": "T"}], [("T", "int")]),
        "no number": definition("NoNumber", [{"type": int32, "number_attr": "N"}]),
        "type as number": definition(
            "TypeAsNumber", [{"type": int32, "number_attr": "N"}], [], [("N", "type")]
        ),
        "two types": definition(
            "TwoTypes", [{"type": int32, "type_attr": "T"}], [], [("T", "type")]
        ),
        "no type": definition("NoType", [{}]),
        "int as list": definition("IntAsList", [{"type_list_attr": "T"}], [], [("T", "int")]),
        "good": definition("Good", [{"type": int32}]),
        "again": definition("Good"),
        "no name": proto.OpDef(),
        "text": "text",
    }
    for label, made in bad.items():
        found[label] = re.sub(r"<class .*?>", "CLASS", tried(lib.add_op, made))
    found["list"] = tried(lib.add_op_list, proto.OpList(op=[definition("Other")]))
    found["no list"] = re.sub(r"<class .*?>", "CLASS", tried(lib.add_op_list, 3))
    found["names"] = describe(sorted(lib._ops))
    found["unknown"] = tried(lib.apply_op, "Unknown", a=1)
    return found
