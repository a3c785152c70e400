"""Runs the same signature with the slow evaluator, with all passes, and with each pass switched
off."""

import numpy as np
import torch

from evergraph.engine import values
from evergraph.engine.codegen import Program
from evergraph.engine.executor import Executor
from evergraph.engine.feeds import converter
from evergraph.engine.interpret import Interpreter
from evergraph.engine.lower import feed_place
from evergraph.engine.passes import PASSES, WHOLE, optimize
from evergraph.engine.planning import make_plan
from evergraph.engine.state import SessionState


def prepared(graph, init):
    """A session's state after the operations `init`."""
    init = [getattr(i, "op", i) for i in init]
    state = SessionState()
    Executor(graph, state, [], init, []).run([])
    return state


def arrays(results):
    return [np.array(values.to_array(r)) for r in results]


def interpreted(graph, init, fetches, targets, feeds, runs):
    """What the slow evaluator gives in each of several runs."""
    state = prepared(graph, init)
    found = []
    for _ in range(runs):
        interpreter = Interpreter(state)
        for tensor, value in feeds.items():
            interpreter.feed(tensor, converter(tensor, feed_place(tensor))(value))
        with torch.inference_mode():
            found.append(arrays(interpreter.run(fetches, targets)))
    return found


def planned(graph, init, fetches, targets, feeds, runs, without):
    """What the plan gives in each of several runs, without some passes."""
    state = prepared(graph, init)
    plan = optimize(make_plan(list(fetches), list(targets), list(feeds)), without)
    call = Program(plan).bind(state)
    given = [converter(v.tensor, v.place)(feeds[v.tensor]) for v in plan.feeds]
    with torch.inference_mode():
        return [arrays(call(*given)) for _ in range(runs)]


def check(graph, init, fetches, targets=(), feeds=None, runs=3, rtol=2e-5, atol=1e-6):
    """Compares; returns the source of the plan with all passes."""
    feeds = feeds or {}
    targets = [getattr(t, "op", t) for t in targets]
    law = interpreted(graph, init, fetches, targets, feeds, runs)
    names = [*PASSES, *WHOLE]
    for without in [frozenset(), frozenset(names), *(frozenset([name]) for name in names)]:
        for run, (want, got) in enumerate(
            zip(law, planned(graph, init, fetches, targets, feeds, runs, without), strict=True)
        ):
            for tensor, w, g in zip(fetches, want, got, strict=True):
                np.testing.assert_allclose(
                    g, w, rtol, atol, err_msg=f"{tensor.name}, run {run}, without {set(without)}"
                )
                assert g.dtype == w.dtype
    plan = optimize(make_plan(list(fetches), list(targets), list(feeds)))
    return Program(plan).source
