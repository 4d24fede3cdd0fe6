"""`benchmark kpi`: what the figures of the dashboards cost on a year of a large lender.

Each figure is measured three ways on one book, in one process, in turn: as the page asks for it (`figure`, from the daily
facts), by a hand-written statement on the facts, which is the least it can cost, and from the rows. The page's way may cost
twice the hand-written one. One day's roll-up stands against a rebuild of all facts, and the first page of the dashboards, by
the site as `up` starts it, against a page with nothing on it.
"""

import datetime as dt
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from agents.benchmarks.server import site
from agents.benchmarks.workbench import percentile
from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Ratio, Result, benchmark, run_module
from collection_ops.core.scratch import ScratchRefused, scratch_database
from reports.benchmarks.kpi_step import BY_HAND
from reports.benchmarks.pages import ask_in_turn
from reports.dashboards.supervisor import PARTS

OPTIONS = {"debts": 2_000_000, "payments": 5_000_000, "contacts": 10_000_000, "files": 250}
ROUNDS, SLOW_ROUNDS, PAGES = 9, 2, 60
HOUR = 15
"""Of the book's last day, on which the site of the benchmark lives."""
TO_HAND, TO_EMPTY, DAY_TO_REBUILD = 2, 10, 0.01


@benchmark(
    "kpi", "Figures of the dashboards on a year of a large lender, from facts, rows and by hand", options=OPTIONS
)
def measure_kpi(asked: Asked) -> Result:
    rounds = asked.rounds or ROUNDS
    now = timezone.localtime()
    last = now.date().replace(day=1) - dt.timedelta(days=1)
    common: dict[str, Any] = {"last": last.isoformat(), "rounds": rounds, "slow_rounds": min(rounds, SLOW_ROUNDS)}
    sizes = {name: asked.options[name] for name in OPTIONS}
    measures: dict[str, float | int] = {**sizes, "rounds": rounds, "load_before": round(os.getloadavg()[0], 1)}
    Path(settings.STATE_DIR).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=settings.STATE_DIR))
    try:
        with scratch_database() as database:
            common["database"] = database
            asked.say(
                f"building {sizes['debts']:,} cases, {sizes['payments']:,} payments, {sizes['contacts']:,} contacts"
            )
            built = _step("prepare", **sizes, **common)
            session = built.pop("session")
            common["source"] = built.pop("source")
            measures |= built
            asked.say("all facts from all rows")
            whole = _step("rebuild", **common)
            measures |= {"rebuild_seconds": whole.pop("seconds"), **whole}
            asked.say("one day, and each figure in three ways")
            measures["one_day_seconds"] = _step("one_day", **common)["seconds"]
            measures |= _step("figures", **common)
            asked.say("the first page of the dashboards")
            pages = {"empty": reverse("core:password_change"), "first": reverse("reports:overview")}
            pages |= {f"part_{name}": reverse("reports:overview_part", args=[name]) for name in PARTS}
            ahead = (now.replace(year=last.year, month=last.month, day=last.day, hour=HOUR) - now).total_seconds()
            with site(database=database, ahead_seconds=ahead, folder=folder) as port:
                seconds = ask_in_turn(port, pages, session=session, rounds=PAGES)
    except ScratchRefused as refused:
        raise BenchmarkFailed(str(refused)) from refused
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return result_of(measures, seconds)


def result_of(measures: Mapping[str, float | int], seconds: Mapping[str, list[float]]) -> Result:
    """Figures of a run with what they are held against."""
    found = {name: round(value, 4) if isinstance(value, float) else value for name, value in measures.items()}
    for page, values in seconds.items():
        found |= {f"{page}_p{percent}_ms": round(percentile(sorted(values), percent) * 1000, 1) for percent in (50, 95)}
    ratios = {
        f"{name}_to_hand": Ratio.at_most(measures[f"{name}_page_seconds"] / measures[f"{name}_hand_seconds"], TO_HAND)
        for name in BY_HAND
    }
    ratios |= {
        f"{name}_faster_than_rows": Ratio.at_least(
            measures[f"{name}_rows_seconds"] / measures[f"{name}_page_seconds"], 1
        )
        for name in BY_HAND
    }
    first, empty = (percentile(sorted(seconds[page]), 95) for page in ("first", "empty"))
    ratios["first_page_to_empty"] = Ratio.below(first / empty, TO_EMPTY)
    ratios["day_to_rebuild"] = Ratio.below(measures["one_day_seconds"] / measures["rebuild_seconds"], DAY_TO_REBUILD)
    return Result("kpi", found, ratios)


def _step(name: str, **asked: Any) -> dict[str, Any]:
    """A step as a process of its own, connected to another database than ours."""
    return run_module("reports.benchmarks.kpi_step", name, **asked)
