"""Accumulators of gradients: they add up what is not too old, and give the mean."""

import threading
from collections import deque
from typing import Any

import torch

from evergraph.base import errors
from evergraph.base.dtypes import DType
from evergraph.graph.tensor import Dims
from evergraph.kernels.deadline import time_left
from evergraph.kernels.dtypes import torch_dtype
from evergraph.kernels.host import invalid
from evergraph.kernels.queues import shape_text


class Accumulator:
    """What both kinds share. Safe to use from several threads.

    Args:
      dtype: the type of the gradients.
      dims: what is known of their shape.
      mean: whether the mean is given, or the sum.
    """

    def __init__(self, dtype: DType, dims: Dims, mean: bool) -> None:
        self.dtype = dtype
        self.dims = dims
        self._mean = mean
        self._step = 0
        self._count = 0
        self._cancelled = False
        self._changed = threading.Condition()
        self._waiting: deque[object] = deque()

    def _check(self, *gradient: Any) -> None:
        """Raises InvalidArgumentError where a gradient does not fit."""
        raise NotImplementedError

    def _add(self, *gradient: Any) -> None:
        raise NotImplementedError

    def _result(self) -> Any:
        raise NotImplementedError

    def count(self) -> int:
        """How many gradients are there."""
        with self._changed:
            return self._count

    def set_global_step(self, step: int) -> None:
        """From now on gradients of earlier steps are left out."""
        with self._changed:
            self._step = step

    def apply(self, local_step: int, *gradient: Any) -> None:
        """Adds a gradient, unless it is of a step before the present one."""
        with self._changed:
            if local_step < self._step:
                return
            self._check(*gradient)
            self._add(*gradient)
            self._count += 1
            self._changed.notify_all()

    def take(self, required: int) -> Any:
        """The mean or sum, once there are so many gradients; then there are none.

        Raises:
          InvalidArgumentError: `required` is not positive.
          CancelledError: the session was closed.
          DeadlineExceededError: the run took too long.
        """
        if required <= 0:
            raise invalid(f"Argument num_required must be positive, but was {required}")
        turn = object()
        with self._changed:
            self._waiting.append(turn)
            try:
                ready = self._changed.wait_for(
                    lambda: (
                        self._cancelled or (self._waiting[0] is turn and self._count >= required)
                    ),
                    time_left(),
                )
                if self._cancelled:
                    raise errors.CancelledError(None, None, "TakeGrad operation was cancelled")
                if not ready:
                    raise errors.DeadlineExceededError(
                        None, None, "Timed out waiting for notification"
                    )
                self._step += 1
                result = self._result()
                self._count = 0
                return result
            finally:
                self._waiting.remove(turn)
                self._changed.notify_all()

    def cancel_all(self) -> None:
        """Ends all waiting: the session is closed."""
        with self._changed:
            self._cancelled = True
            self._changed.notify_all()


class DenseAccumulator(Accumulator):
    """Of gradients that are tensors."""

    _sum: Any = None

    def _check(self, *gradient: Any) -> None:
        shape = tuple(gradient[0].shape)
        known = tuple(self._sum.shape) if self._count else shape
        for expected in (known, self.dims):
            if expected is not None and (
                len(expected) != len(shape)
                or any(e not in (None, n) for e, n in zip(expected, shape, strict=True))
            ):
                raise invalid(
                    f"Shape mismatch: expected {shape_text(expected)}, got {shape_text(shape)}"
                )

    def _add(self, *gradient: Any) -> None:
        self._sum = self._sum + gradient[0] if self._count else gradient[0].clone()

    def _result(self) -> Any:
        if not self._mean:
            return self._sum
        return _divided(self._sum, self._count)


class SparseAccumulator(Accumulator):
    """Of gradients that are rows of a tensor; each row has its own mean."""

    def __init__(self, dtype: DType, dims: Dims, mean: bool) -> None:
        super().__init__(dtype, dims, mean)
        # Index, sum and number of gradients of each row.
        self._rows: list[tuple[int, Any, int]] = []
        self._row_shape: tuple[int, ...] = ()

    def _check(self, *gradient: Any) -> None:
        indices, values, shape = gradient
        if indices.ndim != 1:
            raise invalid(
                f"Input indices should be vector but received shape: {shape_text(indices.shape)}"
            )
        if values.ndim == 0:
            raise invalid("Values cannot be 0-dimensional.")
        if values.shape[0] != len(indices):
            raise invalid(f"Expected {len(indices)} non-empty input values, got {values.shape[0]}")
        dims = self.dims or ()
        if shape is not None:
            self._check_shape(dims, shape)
        if dims and dims[0] is not None:
            for i, index in enumerate(indices.tolist()):
                if index >= dims[0]:
                    raise invalid(
                        f"Shape mismatch: index of slice {i} exceeded limits of shape; index is "
                        f"{index} exceeded {dims[0]}"
                    )
        self._check_values(dims, tuple(values.shape))

    @staticmethod
    def _check_shape(dims: tuple[int | None, ...], shape: Any) -> None:
        found = shape.tolist()
        if len(dims) > len(found):
            raise invalid(
                f"Shape mismatch: expected shape rank at least {len(dims)}, got {len(found)}"
            )
        for i, d in enumerate(dims):
            if d not in (None, found[i]):
                raise invalid(f"Shape mismatch: expected shape dim {i} to be {d}, got {found[i]}")

    def _check_values(self, dims: tuple[int | None, ...], shape: tuple[int, ...]) -> None:
        if self._count:
            rank = len(self._row_shape) + 1
            if len(shape) != rank:
                raise invalid(f"Shape mismatch: expected values rank {rank}, got {len(shape)}")
            expected: Any = (None, *self._row_shape)
        else:
            if len(dims) > len(shape):
                raise invalid(
                    f"Shape mismatch: expected values rank at least {len(dims)}, got {len(shape)}"
                )
            expected = dims
        for i, d in enumerate(expected):
            if i and d not in (None, shape[i]):
                raise invalid(f"Shape mismatch: expected values dim {i} to be {d}, got {shape[i]}")

    def _add(self, *gradient: Any) -> None:
        indices, values, _ = gradient
        new = [(i, row, 1) for i, row in zip(indices.tolist(), values.clone(), strict=True)]
        if self._count:
            self._rows = _merged(self._rows, new)
        else:
            self._rows, self._row_shape = new, tuple(values.shape[1:])

    def _result(self) -> Any:
        rows = [_divided(row, n) if self._mean else row for _, row, n in self._rows]
        if rows:
            values = torch.stack(rows)
        else:
            values = torch.zeros((0, *self._row_shape), dtype=torch_dtype(self.dtype))
        size = self.dims[0] if self.dims else None
        shape = [-1 if size is None else size, *self._row_shape]
        return (
            torch.tensor([i for i, _, _ in self._rows], dtype=torch.int64),
            values,
            (torch.tensor(shape)),
        )


def _merged(
    old: list[tuple[int, Any, int]], new: list[tuple[int, Any, int]]
) -> list[tuple[int, Any, int]]:
    """Rows of both, those of one index added; both are taken to be sorted, as TensorFlow does."""
    found = []
    i = j = 0
    while i < len(old) and j < len(new):
        (a, row, times), (b, more, _) = old[i], new[j]
        found.append((a, row + more, times + 1) if a == b else old[i] if a < b else new[j])
        i, j = i + (a <= b), j + (b <= a)
    return found + old[i:] + new[j:]


def _divided(value: torch.Tensor, count: int) -> torch.Tensor:
    if value.is_floating_point() or value.is_complex():
        return value / count
    return torch.div(value, count, rounding_mode="trunc")
