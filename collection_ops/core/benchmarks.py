"""Benchmarks by name, for `manage.py benchmark NAME`. An engine's benchmark lives in the app that owns the engine and
registers itself here:

    @benchmark("import", "One file into an empty book, and the next day's file")
    def measure_import(asked: Asked) -> Result: ...

Seconds of one machine say nothing about another, so what counts are ratios of things measured in the same run.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings


class BenchmarkFailed(Exception):
    """What was measured did not do its work (or could not be started); the sentence says what. No figure is given."""


@dataclass(frozen=True)
class Asked:
    """What the person wants measured. `say` takes a line about what is being done; `options` are the benchmark's own."""

    rows: int
    rounds: int | None
    say: Callable[[str], None]
    options: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Ratio:
    """A figure with what it should be."""

    value: float
    target: float
    holds: bool

    @classmethod
    def at_most(cls, value: float, target: float) -> "Ratio":
        return cls(round(value, 3), target, value <= target)

    @classmethod
    def below(cls, value: float, target: float) -> "Ratio":
        return cls(round(value, 3), target, value < target)

    @classmethod
    def at_least(cls, value: float, target: float) -> "Ratio":
        return cls(round(value, 3), target, value >= target)


@dataclass
class Result:
    """`measures`: seconds, megabytes and counts by name; `ratios` by name."""

    name: str
    measures: dict[str, float | int] = field(default_factory=dict)
    ratios: dict[str, Ratio] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "measures": self.measures,
            "ratios": {
                name: {"value": ratio.value, "target": ratio.target, "holds": ratio.holds}
                for name, ratio in self.ratios.items()
            },
        }


@dataclass(frozen=True)
class Benchmark:
    """`options`: sizes that only this benchmark knows, with their defaults."""

    title: str
    measure: Callable[[Asked], Result]
    options: Mapping[str, int]


def run_module(module: str, *arguments: str, **asked: Any) -> dict[str, Any]:
    """A module of ours as a process of its own, which may connect to another database: what it is asked goes in as one JSON
    object, what it found comes out as one. Raises BenchmarkFailed with what it said when it did not do it."""
    process = subprocess.run(  # noqa: S603  our own module
        [sys.executable, "-m", module, *arguments],
        cwd=settings.BASE_DIR,
        env=dict(os.environ),
        input=json.dumps(asked),
        capture_output=True,
        text=True,
        check=False,
    )
    name = " ".join((module, *arguments))
    if process.returncode != 0:
        raise BenchmarkFailed(f"{name} failed:\n{process.stderr[-2000:]}")
    answer: dict[str, Any] = json.loads(process.stdout)
    if "failure" in answer:
        raise BenchmarkFailed(f"{name}: {answer['failure']}")
    return answer


_benchmarks: dict[str, Benchmark] = {}


def benchmark(
    name: str, title: str, *, options: Mapping[str, int] | None = None
) -> Callable[[Callable[[Asked], Result]], Callable[[Asked], Result]]:
    def register(function: Callable[[Asked], Result]) -> Callable[[Asked], Result]:
        if name in _benchmarks:
            raise LookupError(f"two benchmarks {name!r}")
        _benchmarks[name] = Benchmark(title, function, options or {})
        return function

    return register


def registered() -> dict[str, Benchmark]:
    return dict(sorted(_benchmarks.items()))
