"""Strings that are joined and compared: zeros at their end are part of them."""

import evergraph as tf


def test_joining_and_comparing() -> None:
    with tf.Graph().as_default(), tf.Session() as session:
        fed = tf.placeholder(tf.string, None)
        constant = tf.constant("a\0")
        assert session.run(fed + "c\0", {fed: "x\0"}) == b"x\0c\0"
        assert session.run(fed + "c\0", {fed: ["x\0"]}).tolist() == [b"x\0c\0"]
        assert session.run(constant + "b\0") == b"a\0b\0"
        assert not session.run(tf.equal(constant, "a"))
        assert session.run(tf.equal(fed, ["a\0", "a"]), {fed: "a\0"}).tolist() == [True, False]
