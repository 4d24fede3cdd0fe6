"""Which way a parameter is tighter."""

import datetime as dt

import pytest

from compliance.rules import tighter
from compliance.rules.packs import changed, shipped
from compliance.rules.tighter import Turn, worst

CHINA = shipped("CN-DEFAULT")


@pytest.mark.parametrize(
    ("rule", "params", "turn"),
    [
        ("CN-F-01", {"most": 2}, Turn.TIGHTER),
        ("CN-F-01", {"most": 4}, Turn.LOOSER),
        ("CN-F-01", {"most": None}, Turn.LOOSER),
        ("CN-F-05B", {"most": 5}, Turn.TIGHTER),
        ("CN-T-01", {"start": "21:00"}, Turn.TIGHTER),
        ("CN-T-01", {"start": "23:00"}, Turn.LOOSER),
        ("CN-T-01", {"start": "00:30"}, Turn.LOOSER),
        ("CN-T-01", {"end": "09:00"}, Turn.TIGHTER),
        ("CN-T-01", {"end": "07:00"}, Turn.LOOSER),
        ("CN-T-01", {"start": "21:00", "end": "07:00"}, Turn.LOOSER),
        ("CN-T-01", {"agreed": False}, Turn.TIGHTER),
        ("CN-F-04", {"minutes": 15}, Turn.TIGHTER),
        ("CN-F-06", {"days": 7}, Turn.TIGHTER),
        ("CN-P-02", {"when_unreachable": ["relay"]}, Turn.TIGHTER),
        ("CN-P-02", {"when_unreachable": ["relay", "demand"]}, Turn.LOOSER),
        ("CN-V-05", {"never": ["hospital", "school", "wedding", "funeral", "home"]}, Turn.TIGHTER),
        ("CN-V-05", {"never": ["hospital", "home"]}, Turn.LOOSER),
        ("CN-S-03", {"unproven_days": None}, Turn.TIGHTER),
        ("CN-S-03", {"unproven_days": 3}, Turn.LOOSER),
        ("CN-S-01", {"dust": "5.00"}, Turn.TIGHTER),
        ("CN-R-01", {"years": 6}, Turn.TIGHTER),
        ("CN-F-01", {}, Turn.SAME),
    ],
)
def test_a_change_of_a_parameter_is_tighter_or_looser(rule: str, params: dict, turn: Turn) -> None:
    old = CHINA.rule(rule)
    assert worst(old.kind.turns(old.params, changed(old, params).params)) == turn


def test_a_stricter_verdict_is_tighter() -> None:
    assert tighter.VERDICT.of("warn", "block") == Turn.TIGHTER
    assert tighter.VERDICT.of("block", "warn") == Turn.LOOSER


def test_an_evening_goes_on_after_midnight() -> None:
    assert tighter.EVENING.of(dt.time(22), dt.time(21)) == Turn.TIGHTER
    assert tighter.EVENING.of(dt.time(22), dt.time(0, 30)) == Turn.LOOSER
