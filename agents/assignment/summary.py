"""The figures of a run, as its page shows them: per desk before and after, what stays unassigned, who loses touch."""

from typing import Any

import numpy as np

from agents.assignment.facts import CASE, CENTS, DESK, DUE, HOLDER
from agents.assignment.plan import Plan, yuan

LISTED = 200
"""Cases named in a document; more are counted."""


def totals_of(plan: Plan) -> dict[str, Any]:
    """Amounts in yuan as texts, so that JSON keeps them to the cent."""
    cases, to, desks = plan.cases, plan.to_desk, plan.inputs.desks
    ids = np.array([desk.id for desk in desks], dtype=np.int64)
    moving = (to != 0) & (to != cases[:, DESK])
    rows = []
    leaving = _by_desk(ids, cases[moving, DESK], cases[moving, CENTS], plan.expected[moving])
    coming = _by_desk(ids, to[moving], cases[moving, CENTS], plan.expected[moving])
    for n, desk in enumerate(desks):
        count, cents, expected = (int(coming[k][n]) - int(leaving[k][n]) for k in range(3))
        rows.append(
            {
                "desk": desk.id, "name": desk.name, "user": desk.user, "unit": desk.unit,
                "count_before": desk.count, "count_after": desk.count + count,
                "amount_before": yuan(desk.cents), "amount_after": yuan(desk.cents + cents),
                "expected_before": yuan(desk.expected), "expected_after": yuan(desk.expected + expected),
                "soft_count": desk.soft_count, "hard_count": desk.hard_count, "level": desk.level,
                "capable": not desk.why_not, "why_not": desk.why_not, "carried": yuan(desk.carried),
            }
        )  # fmt: skip
    lost = np.flatnonzero((cases[:, DUE] > 0) & (cases[:, HOLDER] > 0) & moving & (to != cases[:, HOLDER]))
    return {
        "desks": rows,
        "unassigned": dict(sorted(plan.unassigned().items())),
        "loses_touch": [
            loses_touch(int(cases[n, CASE]), int(cases[n, DUE]), int(cases[n, HOLDER]), int(to[n]))
            for n in lost[:LISTED].tolist()
        ],
        "loses_touch_count": len(lost),
        "kept": int(((to != 0) & ~moving).sum()),
        "amount": yuan(cases[moving, CENTS].sum()),
        "expected": yuan(plan.expected[moving].sum()),
        "shares": {
            str(desk.user): {str(stage): yuan(cents) for stage, cents in enumerate(plan.shares[n].tolist()) if cents}
            for n, desk in enumerate(desks)
            if plan.shares[n].any()
        },
    }


def loses_touch(case: int, due: int, holder: int, to: int) -> dict[str, Any]:
    """A case that leaves whoever has its live promise or plan. «due»: day of the promise, empty for a plan."""
    day = f"{due // 10000:04d}-{due // 100 % 100:02d}-{due % 100:02d}" if due > 1 else ""
    return {"case": case, "due": day, "from": holder, "to": to}


def _by_desk(ids: np.ndarray, desk: np.ndarray, *sums: np.ndarray) -> list[np.ndarray]:
    """Counts, then sums, in the order of `ids`; other desks (the pool) are passed over."""
    at = np.searchsorted(ids, desk)
    known = (
        (at < len(ids)) & (ids[np.minimum(at, max(len(ids) - 1, 0))] == desk) if len(ids) else np.zeros(len(desk), bool)
    )
    found = []
    for values in (np.ones(len(desk), dtype=np.int64), *sums):
        total = np.zeros(len(ids), dtype=np.int64)
        np.add.at(total, at[known], values[known])
        found.append(total)
    return found
