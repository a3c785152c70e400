"""What sessions and `tf.train.experimental.enable_mixed_precision_graph_rewrite` know of each
other."""

mixed_precision_graph_rewrite_is_enabled = False
non_mixed_precision_session_created = False
using_default_mixed_precision_policy = True


def note_session() -> None:
    """Notes that a session was made."""
    global non_mixed_precision_session_created
    if not mixed_precision_graph_rewrite_is_enabled:
        non_mixed_precision_session_created = True
