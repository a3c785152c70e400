"""Iterators in checkpoints."""

from typing import Any

from evergraph.base.export import export
from evergraph.graph.defaults import get_collection
from evergraph.library.data.iterator_ops import GLOBAL_ITERATORS, _IteratorSaveable
from evergraph.library.train.checkpoint_management import latest_checkpoint
from evergraph.library.train.saver import Saver
from evergraph.library.train.saving_hooks import CheckpointSaverHook
from evergraph.library.train.session_run_hook import SessionRunHook


@export("data.experimental.make_saveable_from_iterator", "contrib.data.make_saveable_from_iterator")
def make_saveable_from_iterator(iterator: Any) -> Any:
    """An object for `tf.train.Saver` that saves where an iterator is. Stands for
    `tf.data.experimental.make_saveable_from_iterator`.

    Add it to the collection SAVEABLE_OBJECTS, or give it to a Saver. What is saved can be
    restored in a graph with the same pipeline, after the iterator was begun.
    """
    return _Saveable(iterator._iterator_resource)


class _Saveable(_IteratorSaveable):
    """The state of an iterator under the iterator's name."""

    def __init__(self, iterator_resource: Any) -> None:
        super().__init__(iterator_resource, iterator_resource.name, "-state")


@export("data.experimental.CheckpointInputPipelineHook", "contrib.data.CheckpointInputPipelineHook")
class CheckpointInputPipelineHook(SessionRunHook):
    """Saves where an estimator's iterators are whenever the estimator saves its variables, and goes
    on from there when training goes on.

    Stands for `tf.data.experimental.CheckpointInputPipelineHook`. The files are `input.ckpt-...` in
    the estimator's folder, with the task in their names where there are several workers.

    Args:
      estimator: the estimator; its configuration says how often.
    """

    def __init__(self, estimator: Any) -> None:
        config = estimator._config
        prefix = "input"
        if config.num_worker_replicas > 1:
            prefix += f"_{config.task_type}_{config.task_id}"
        # Estimators add a hook that saves variables unless there is a CheckpointSaverHook, so this
        # one has one and is none.
        self._checkpoint_saver_hook = CheckpointSaverHook(
            estimator.model_dir,
            save_secs=config.save_checkpoints_secs,
            save_steps=config.save_checkpoints_steps,
            checkpoint_basename=f"{prefix}.ckpt",
        )
        # The state of the estimator's own checkpoints lies in the same folder.
        self._latest_filename = f"checkpoint_{prefix}"
        self._first_run = True

    def begin(self) -> None:
        """Makes a saver of the graph's iterators."""
        hook = self._checkpoint_saver_hook
        if hook._saver is None and hook._scaffold is None:
            saveables = [_Saveable(i) for i in get_collection(GLOBAL_ITERATORS)]
            hook._saver = _InputSaver(saveables, self._latest_filename)
        hook.begin()

    def before_run(self, run_context: Any) -> Any:
        """Restores the iterators, or saves how they begin, the first time.

        Only now, for other hooks initialize iterators after a session was created.
        """
        hook = self._checkpoint_saver_hook
        if self._first_run:
            self._first_run = False
            session = run_context.session
            latest = latest_checkpoint(hook._checkpoint_dir, latest_filename=self._latest_filename)
            if latest:
                hook._get_saver().restore(session, latest)
            else:
                step = session.run(hook._global_step_tensor)
                hook._save(session, step)
                hook._timer.update_last_triggered_step(step)
        return hook.before_run(run_context)

    def after_run(self, run_context: Any, run_values: Any) -> None:
        """Saves when it is time."""
        self._checkpoint_saver_hook.after_run(run_context, run_values)

    def end(self, session: Any) -> None:
        """Saves."""
        self._checkpoint_saver_hook.end(session)


class _InputSaver(Saver):
    """A Saver with a file of its own for what the latest checkpoint is."""

    def __init__(self, var_list: Any, latest_filename: str) -> None:
        super().__init__(var_list)
        self._latest_filename = latest_filename

    def save(
        self,
        sess: Any,
        save_path: str,
        global_step: Any = None,
        latest_filename: str | None = None,
        meta_graph_suffix: str = "meta",
        write_meta_graph: bool = True,
        write_state: bool = True,
        strip_default_attrs: bool = False,
        save_debug_info: bool = False,
    ) -> Any:
        """Saves; arguments as of `tf.train.Saver.save`."""
        return super().save(
            sess,
            save_path,
            global_step,
            latest_filename or self._latest_filename,
            meta_graph_suffix,
            write_meta_graph,
            write_state,
            strip_default_attrs,
            save_debug_info,
        )
