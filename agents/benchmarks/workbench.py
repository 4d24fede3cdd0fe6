"""`benchmark workbench`: a collector's call on a large book, against the same server's answer to a page with nothing on it.

A book in a database of its own, the site started as `up` starts it, and a few connections on which 100 collectors and some
team leaders (who share the collectors' desks) take turns. Afterwards the log is counted again: no case with two people, no
limit broken.
"""

import math
import os
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from agents.benchmarks.clients import STEPS, Seen, double_serves, run_clients
from agents.benchmarks.server import site
from collection_ops.core.benchmarks import Asked, BenchmarkFailed, Ratio, Result, benchmark, run_module
from collection_ops.core.scratch import ScratchRefused, scratch_database

HOUR = 10
"""Of the benchmark's day, whatever the machine's clock says: nobody is called at night."""
MOST_A_DAY = 3
TO_EMPTY, REQUESTS_A_SECOND, P95_MS = 8, 30, 300
OPTIONS = {"cases": 200_000, "collectors": 100, "leaders": 5, "clients": 4, "seconds": 60}


@benchmark("workbench", "Next case, record, gate, form and log for the collectors of a large book", options=OPTIONS)
def measure_workbench(asked: Asked) -> Result:
    sizes = {name: asked.options[name] for name in OPTIONS}
    Path(settings.STATE_DIR).mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="benchmark-", dir=settings.STATE_DIR))
    local = timezone.localtime()
    ahead = local.replace(hour=HOUR, minute=0, second=0, microsecond=0) - local
    try:
        with scratch_database() as database:
            asked.say(f"building a book of {sizes['cases']:,} cases for {sizes['collectors']} collectors")
            begun = time.monotonic()
            sessions = _step(
                "book", database=database, cases=sizes["cases"], collectors=sizes["collectors"],
                leaders=sizes["leaders"], now=(local + ahead).isoformat(),
            )  # fmt: skip
            built = time.monotonic() - begun
            since, load = timezone.now() + ahead, round(os.getloadavg()[0], 1)  # what others do meets all steps alike
            with site(database=database, ahead_seconds=ahead.total_seconds(), folder=folder) as port:
                asked.say(f"{sizes['clients']} connections for {sizes['seconds']} seconds")
                cookie, empty = settings.SESSION_COOKIE_NAME, reverse("core:password_change")
                everybody: dict[str, Any] = {"cookie": cookie, "empty": empty, "clients": sizes["clients"]}
                run_clients(port, sessions, seconds=max(sizes["seconds"] / 12, 1), **everybody)  # caches fill
                seen, taken = run_clients(port, sessions, seconds=sizes["seconds"], **everybody)
            counted = _step("checks", database=database, since=since.isoformat(), most=MOST_A_DAY)
    except ScratchRefused as refused:
        raise BenchmarkFailed(str(refused)) from refused
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    for error in seen.errors:
        asked.say(error)
    return result_of(seen, taken, counted, {**sizes, "built_seconds": round(built, 1), "load_before": load})


def result_of(seen: Seen, taken: float, counted: Mapping[str, int], sizes: Mapping[str, float | int]) -> Result:
    """Figures of a run, each step held against the median of the empty page."""
    if not all(seen.seconds.get(step) for step in STEPS):
        raise BenchmarkFailed(f"not every step was measured: {[step for step in STEPS if not seen.seconds.get(step)]}")
    measures: dict[str, float | int] = dict(sizes)
    for step in STEPS:
        values = sorted(seen.seconds[step])
        measures[f"{step}_requests"] = len(values)
        for percent in (50, 95, 99):
            measures[f"{step}_p{percent}_ms"] = round(percentile(values, percent) * 1000, 1)
    # The empty page is asked for to be compared with; nobody's work needs it.
    work = sorted(value for step in STEPS if step != "empty" for value in seen.seconds[step])
    asked = len(work) + len(seen.seconds["empty"])
    doubles = double_serves(seen.held)
    broken = counted["over"] + counted["ungated"] + counted["held"]
    measures |= {
        "requests": asked,
        "requests_per_second": round(asked / taken, 1),
        "p95_ms": round(percentile(work, 95) * 1000, 1),
        "calls": counted["calls"],
        "refused": seen.refused,
        "none_left": seen.none_left,
        "errors": seen.failed,
        "double_serves": doubles,
        "limits_broken": broken,
    }
    floor = percentile(sorted(seen.seconds["empty"]), 95)
    ratios = {
        f"{step}_p95_to_empty": Ratio.at_most(percentile(sorted(seen.seconds[step]), 95) / floor, TO_EMPTY)
        for step in STEPS
        if step != "empty"
    }
    ratios |= {
        "requests_per_second": Ratio.at_least(asked / taken, REQUESTS_A_SECOND),
        "p95_ms": Ratio.at_most(percentile(work, 95) * 1000, P95_MS),
        "errors": Ratio.at_most(seen.failed, 0),
        "double_serves": Ratio.at_most(doubles, 0),
        "limits_broken": Ratio.at_most(broken, 0),
    }
    return Result("workbench", measures, ratios)


def percentile(ordered: Sequence[float], percent: int) -> float:
    """The value that `percent` of a hundred do not exceed (nearest rank)."""
    return ordered[max(math.ceil(len(ordered) * percent / 100) - 1, 0)]


def _step(name: str, **asked: Any) -> dict[str, Any]:
    """A module of this package as a process of its own, connected to another database than ours."""
    return run_module(f"agents.benchmarks.{name}", **asked)
