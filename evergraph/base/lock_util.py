"""A lock that a group of threads holds together."""

import contextlib
import threading
from collections.abc import Iterator


class GroupLock:
    """Any number of members of one group may hold it, members of two groups may not.

    Args:
        num_groups: the number of groups, at least 1; a group is a number from 0.
    """

    def __init__(self, num_groups: int = 2) -> None:
        if num_groups < 1:
            raise ValueError(f"num_groups must be a positive integer, got {num_groups}")
        self._ready = threading.Condition(threading.Lock())
        self._num_groups = num_groups
        self._group_member_counts = [0] * num_groups

    def group(self, group_id: int) -> contextlib.AbstractContextManager[None]:
        """A context that holds the lock for `group_id`."""
        self._validate_group_id(group_id)
        return self._held(group_id)

    @contextlib.contextmanager
    def _held(self, group_id: int) -> Iterator[None]:
        self.acquire(group_id)
        try:
            yield
        finally:
            self.release(group_id)

    def acquire(self, group_id: int) -> None:
        """Wait until no other group holds the lock, then hold it."""
        self._validate_group_id(group_id)
        with self._ready:
            self._ready.wait_for(lambda: not self._another_group_active(group_id))
            self._group_member_counts[group_id] += 1

    def release(self, group_id: int) -> None:
        """Hold it no longer."""
        self._validate_group_id(group_id)
        with self._ready:
            self._group_member_counts[group_id] -= 1
            if self._group_member_counts[group_id] == 0:
                self._ready.notify_all()

    def _another_group_active(self, group_id: int) -> bool:
        counts = enumerate(self._group_member_counts)
        return any(count > 0 for group, count in counts if group != group_id)

    def _validate_group_id(self, group_id: int) -> None:
        if not 0 <= group_id < self._num_groups:
            raise ValueError(
                f"group_id={group_id} should be between 0 and num_groups={self._num_groups}"
            )
