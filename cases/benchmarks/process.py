"""Starts the measured steps as processes and watches how much memory they and their children take."""

import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from collection_ops.core.benchmarks import BenchmarkFailed

WATCH_EVERY = 0.05
# A workbook of a million rows is larger than what a clerk may upload.
LIMITS = {"IMPORT_MAX_MB": "4000", "UPLOAD_MAX_BYTES": str(4000 << 20), "IMPORT_MAX_ROWS": "10000000"}


@dataclass(frozen=True)
class Outcome:
    """`peak_mb`: the most that the step's process and all it started held at one moment, in MiB, with what they share
    counted once; 0 where the system does not tell. `answer`: what the step said, {} for nothing; `seconds` and `rows` are
    out of it."""

    answer: dict[str, Any]
    peak_mb: float

    @property
    def seconds(self) -> float:
        return float(self.answer["seconds"])

    @property
    def rows(self) -> int:
        return int(self.answer["rows"])


def run_step(step: str, *, database: str, folder: Path, **asked: Any) -> Outcome:
    """Run `step` of cases.benchmarks.step to its end. Raises BenchmarkFailed with what it said when it did not do it."""
    process = subprocess.Popen(  # noqa: S603  our own module
        [sys.executable, "-m", "cases.benchmarks.step", step],
        cwd=settings.BASE_DIR,
        env={**os.environ, **LIMITS},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    watch = _Watch(process)
    watch.start()
    try:
        output, errors = process.communicate(json.dumps({"database": database, "folder": str(folder), **asked}))
    finally:
        process.kill()
        watch.join()
    if process.returncode != 0:
        raise BenchmarkFailed(f"{step} failed:\n{errors[-2000:]}")
    answer = json.loads(output)
    if "failure" in answer:
        raise BenchmarkFailed(f"{step}: {answer['failure']}")
    return Outcome(answer, watch.peak_mb)


class _Watch(threading.Thread):
    """Adds up what the process and its descendants hold, again and again until it ends. A page that forks share is divided
    among them (the kernel's proportional set size)."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._peak_kb = 0
        self._ended = threading.Event()

    @property
    def peak_mb(self) -> float:
        return self._peak_kb / 1024

    def run(self) -> None:
        while self._process.poll() is None and Path("/proc").is_dir():
            self._peak_kb = max(self._peak_kb, sum(_held_kb(pid) for pid in _tree(self._process.pid)))
            self._ended.wait(WATCH_EVERY)


def _tree(root: int) -> list[int]:
    found = [root]
    for pid in found:
        for children in Path(f"/proc/{pid}/task").glob("*/children"):
            try:
                found += map(int, children.read_text().split())
            except OSError:
                continue  # it ended meanwhile
    return found


def _held_kb(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
