"""Which operations are not shared out among threads."""

import pytest
import torch

from evergraph.kernels import one_thread


@pytest.mark.parametrize(
    "name, shapes, threads",
    [
        ("mm", [(4, 16), (16, 48)], 1),
        ("mm", [(4, 64), (64, 24)], 1),
        ("mm", [(1, 200), (200, 30)], 1),
        ("mm", [(1, 4), (4, 64)], 2),  # MKL shares out neither these
        ("mm", [(1, 64), (64, 64)], 2),
        ("mm", [(4, 8), (8, 16)], 2),
        ("mm", [(128, 128), (128, 128)], 2),
        ("softmax", [(4, 205)], 1),
        ("log_softmax", [(2, 3, 4)], 1),
        ("softmax", [(1, 205)], 2),
        ("softmax", [(205,)], 2),
        ("log_softmax", [(128, 1000)], 2),
    ],
)
def test_small_operations_keep_to_one_thread(monkeypatch, name, shapes, threads):
    seen = []
    routine = getattr(torch, name)
    monkeypatch.setattr(
        torch, name, lambda *args: seen.append(torch.get_num_threads()) or routine(*args)
    )
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        inputs = [torch.randn(shape) for shape in shapes]
        found = getattr(one_thread, name)(*inputs)
        assert seen == [threads] and torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    assert torch.equal(found, routine(*inputs, *([-1] if name != "mm" else [])))
