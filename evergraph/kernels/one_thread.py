"""Work beside a training loop, which needs the cores for itself."""

import contextlib
import ctypes
import os
from collections.abc import Callable, Iterator
from typing import Any

import torch

# OpenMP's own function sets what the calling thread uses, and nothing else; torch's
# `set_num_threads` would also hold for all threads that are still to come. Without OpenMP there
# is nothing to set.
_loaded = ctypes.PyDLL(None) if os.name == "posix" else None
_set_threads = getattr(_loaded, "omp_set_num_threads", None)


@contextlib.contextmanager
def on_one_thread() -> Iterator[None]:
    """Operations of the calling thread are not shared out among threads.

    Two threads that both share theirs out on two cores wait for each other: a step of 1.7 ms beside
    a queue runner took 2.7 ms, and with this 2.1.
    """
    count = torch.get_num_threads()  # which also makes torch look at the settings, once a thread
    if _set_threads is None or count == 1:
        yield
        return
    _set_threads(1)
    try:
        yield
    finally:
        _set_threads(count)


def alone(function: Callable[..., Any], *args: Any, **keywords: Any) -> Any:
    """A call whose operations are not shared out among threads.

    Small ones are quicker so: two threads that wait for each other cost more than they save, and
    milliseconds where other programs use the cores.
    """
    count = torch.get_num_threads()
    if _set_threads is None or count == 1:
        return function(*args, **keywords)
    _set_threads(1)
    try:
        return function(*args, **keywords)
    finally:
        _set_threads(count)


# MKL shares out products of any size but the smallest and those of a short row.
_FEW_PRODUCTS, _MANY_PRODUCTS = 600, 450_000
_SHORT_ROW = 64


def _is_small(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Whether one thread is quicker with the product of two matrices."""
    size = a.numel()
    products = size * b.shape[-1:].numel()
    return _FEW_PRODUCTS < products < _MANY_PRODUCTS and (size > _SHORT_ROW or a.size(0) > 1)


def mm(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The product of two matrices."""
    return alone(torch.mm, a, b) if _is_small(a, b) else torch.mm(a, b)


def addmm(bias: torch.Tensor, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """The product of two matrices and what is added to it."""
    return alone(torch.addmm, bias, a, b) if _is_small(a, b) else torch.addmm(bias, a, b)


def addmm_(
    value: torch.Tensor, a: torch.Tensor, b: torch.Tensor, beta: float, alpha: float
) -> None:
    """`value * beta` and the product of two matrices by `alpha`, in place."""
    if _is_small(a, b):
        alone(value.addmm_, a, b, beta=beta, alpha=alpha)
    else:
        value.addmm_(a, b, beta=beta, alpha=alpha)


# The normalizations share out rows however few they are.
_MANY_CLASSES = 4096


def _are_few(x: torch.Tensor) -> bool:
    """Whether one thread is quicker with the rows of `x`; a single one is not shared out anyway."""
    return x.dim() > 1 and x.size(-1) < x.numel() < _MANY_CLASSES


def softmax(x: torch.Tensor) -> torch.Tensor:
    """Each row's exponentials by their sum."""
    return alone(torch.softmax, x, -1) if _are_few(x) else torch.softmax(x, -1)


def log_softmax(x: torch.Tensor) -> torch.Tensor:
    """The logarithm of `softmax`."""
    return alone(torch.log_softmax, x, -1) if _are_few(x) else torch.log_softmax(x, -1)
