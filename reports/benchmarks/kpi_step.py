"""One measured step of `benchmark kpi`, a process of its own: `python -m reports.benchmarks.kpi_step STEP`.

What to do comes as one JSON object on standard input ({"database", …}), what came of it goes out as one on standard output.
Seconds are medians, without the start of Python and Django; the first run of each is thrown away.
"""

import datetime as dt
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any

from collection_ops.core.benchmark_step import Step, answer

TURNS = 3
"""So many turns a round, of ways that take milliseconds."""

# The same figure as an expert would ask the facts for it, by hand, and nothing else.
_OPENING = "(SELECT max(day) FROM reports_bookfact WHERE day < %(first)s AND day >= %(first)s::date - 45)"
_NEWEST = "(SELECT max(day) FROM reports_bookfact WHERE day <= %(as_of)s AND day >= %(as_of)s::date - 45)"


def _recovery_by(dim: str, cut: int, join: str = "") -> str:
    return f"""
        SELECT coalesce(o.key, m.key), m.money, o.positive FROM (
            SELECT {dim} AS key, sum(f.positive) AS positive FROM reports_bookfact f {join}
            WHERE f.cut = {cut} AND f.day = {_OPENING} GROUP BY 1) o
        FULL JOIN (
            SELECT {dim} AS key, sum(f.money) AS money FROM reports_moneyfact f {join}
            WHERE f.cut = {cut} AND f.month = %(first)s AND f.day <= %(as_of)s AND f.stage >= 0 GROUP BY 1
        ) m ON m.key = o.key"""  # noqa: S608


_TEAM = "JOIN cases_desk d ON d.id = f.desk"
BY_HAND: dict[str, tuple[str, tuple[str, ...], str]] = {
    "recovery_by_stage": ("recovery_rate", ("stage",), _recovery_by("f.stage", 3)),
    "recovery_by_product": ("recovery_rate", ("product",), _recovery_by("f.product", 3)),
    "recovery_by_region": ("recovery_rate", ("region",), _recovery_by("f.region", 2)),
    "recovery_by_desk": ("recovery_rate", ("desk",), _recovery_by("d.code", 1, _TEAM)),
    "recovery_by_team": ("recovery_rate", ("team",), _recovery_by("d.unit", 1, _TEAM)),
    "heat_map": ("recovery_rate", ("product", "stage"), _recovery_by("(f.product, f.stage)", 3)),
    "distribution": (
        "stage_distribution",
        ("stage",),
        f"""SELECT stage, sum(total), sum(debts), sum(principal), sum(interest), sum(penalty), sum(fees), sum(not_positive)
            FROM reports_bookfact WHERE cut = 3 AND day = {_NEWEST} GROUP BY 1""",  # noqa: S608
    ),
    "roll_by_stage": (
        "roll_matrix",
        ("stage",),
        """SELECT stage, destination, sum(debts), sum(owed) FROM reports_rollfact
           WHERE cut = 3 AND step = 2 AND month = %(first)s GROUP BY 1, 2""",
    ),
    "roll_by_product": (
        "roll_forward_rate",
        ("product",),
        """SELECT product, destination, sum(debts), sum(owed) FROM reports_rollfact
           WHERE cut = 3 AND step = 2 AND month = %(first)s GROUP BY 1, 2""",
    ),
    "entered": (
        "entered",
        ("stage",),
        """SELECT stage, sum(entered_owed), sum(entered), sum(entered_again) FROM reports_bookfact
           WHERE cut = 3 AND day BETWEEN %(first)s AND %(as_of)s AND entered > 0 GROUP BY 1""",
    ),
    "money_in": (
        "money_in",
        (),
        """SELECT sum(money), sum(claimed), sum(taken_back), sum(waiting), sum(payments) FROM reports_moneyfact
           WHERE cut = 3 AND month = %(first)s AND day <= %(as_of)s""",
    ),
}
"""Figures of the dashboards: KPI, how it is told apart, and the hand-written statement on the facts."""


def prepare(asked: dict[str, Any]) -> dict[str, Any]:
    """The book of the benchmark."""
    from reports.benchmarks.kpi_book import build

    last = dt.date.fromisoformat(asked["last"])
    begun = time.monotonic()
    found = build(last=last, **{name: asked[name] for name in ("debts", "payments", "contacts", "files")})
    return {**found, "built_seconds": time.monotonic() - begun}


def rebuild(asked: dict[str, Any]) -> dict[str, Any]:
    """All facts from all rows."""
    from django.db import connection

    from reports.facts import keeping

    begun = time.monotonic()
    found = keeping.rebuild()
    seconds = time.monotonic() - begun
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE reports_bookfact, reports_moneyfact, reports_rollfact")
    return {"seconds": seconds, **{f"facts_{name}": number for name, number in found.items()}}


def one_day(asked: dict[str, Any]) -> dict[str, Any]:
    """A day's file and a day's money have come: what they mark is made anew."""
    from reports.facts import keeping
    from reports.models import DirtyDay

    day, source = dt.date.fromisoformat(asked["last"]), asked["source"]
    days = keeping.file_days()[source]

    def mark() -> float:
        DirtyDay.objects.create(what=DirtyDay.What.BOOK, source=source, day=days[-1])
        DirtyDay.objects.create(what=DirtyDay.What.MONEY, source=source, day=day)
        begun = time.perf_counter()
        keeping.refresh()
        return time.perf_counter() - begun

    return {"seconds": _median(mark, asked["rounds"])}


def figures(asked: dict[str, Any]) -> dict[str, Any]:
    """Each figure as the page asks for it, from the rows, and by hand on the facts."""
    from reports.facts.answers import can_answer, figure
    from reports.kpis import Dim, Question, kpi
    from reports.kpis.reading import one_reading

    as_of = dt.date.fromisoformat(asked["last"])
    found: dict[str, Any] = {}
    kept: dict[Any, Any] = {}  # one page: what its figures ask alike was asked by the first of them
    for name, (code, by, sql) in BY_HAND.items():
        question = Question.of_month(as_of, by=tuple(Dim(one) for one in by))
        if not can_answer(code, question):
            raise SystemExit(f"{name} is not answered from the facts")
        values = {"first": question.first, "as_of": question.as_of}

        with one_reading(kept):
            page, by_hand = _in_turn(
                partial(figure, code, question), partial(_rows_of, sql, values), rounds=asked["rounds"] * TURNS
            )
            rows = _median(partial(_seconds, partial(kpi, code, question)), asked["slow_rounds"])
        found |= {f"{name}_page_seconds": page, f"{name}_hand_seconds": by_hand, f"{name}_rows_seconds": rows}
    return found


def _rows_of(sql: str, values: dict[str, Any]) -> list[Any]:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _seconds(work: Callable[[], Any]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _in_turn(*ways: Callable[[], Any], rounds: int) -> list[float]:
    """Medians of several ways, one after the other in each round: of milliseconds, which another's work must not tell
    apart. The first round is thrown away."""
    taken = [[_seconds(work) for work in ways] for _round in range(rounds + 1)][1:]
    return [statistics.median(column) for column in zip(*taken, strict=True)]


def _median(once: Callable[[], float], rounds: int) -> float:
    once()
    return statistics.median(once() for _round in range(rounds))


STEPS: dict[str, Step] = {
    "prepare": prepare,
    "rebuild": rebuild,
    "one_day": one_day,
    "figures": figures,
}


if __name__ == "__main__":
    answer(STEPS)
