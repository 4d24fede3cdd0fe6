"""Rules over time: the shipped packs with the changes that people made, each version knowing from when until when it holds.

A change is in force from a moment on and never reaches back: whatever was decided before it can be decided again by the
rules of its own day, whatever was changed since.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from compliance.rules.packs import Pack, PackWrong, Rule, changed
from compliance.rules.tighter import VERDICT, Turn
from compliance.rules.verdict import Strength

Moment = dt.datetime | None
"""None: since ever, or for good."""

_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)
_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
Span = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Change:
    """Other values of some parameters of a rule, or another verdict, from a moment on; or without a `rule` a whole pack
    switched on or off."""

    pack: str
    begins_at: dt.datetime
    rule: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)
    verdict: Strength | None = None
    on: bool | None = None


def versions(packs: Iterable[Pack], changes: Sequence[Change]) -> tuple[Rule, ...]:
    """Every rule of every pack in each of its versions, for the spans in which its pack is on. `changes` of the same moment
    hold in the order given; the later one wins. Raises PackWrong for a change that a rule cannot take."""
    found: list[Rule] = []
    for pack in packs:
        own = sorted((one for one in changes if one.pack == pack.name), key=lambda one: one.begins_at)
        spans = list(_spans_on(pack, own))
        for rule in pack.rules:
            for version in versions_of(rule, own):
                found += [_within(version, span) for span in spans if _meets(version, span)]
    return tuple(found)


def versions_of(rule: Rule, changes: Sequence[Change]) -> Iterator[Rule]:
    """One rule as it was and will be, whether or not its pack is on. Raises PackWrong."""
    current, since = rule, _EVER
    for change in sorted((one for one in changes if one.rule == rule.id), key=lambda one: one.begins_at):
        if change.begins_at > since:
            yield _from_to(current, since, change.begins_at)
        current, since = changed(current, change.params, change.verdict), change.begins_at
    yield _from_to(current, since, _NEVER)


def version_at(rule: Rule, changes: Sequence[Change], moment: dt.datetime) -> Rule:
    """The rule as it stands at a moment, whether or not its pack is on."""
    return next(version for version in versions_of(rule, changes) if version.at_work(moment))


def is_on(pack: Pack, changes: Sequence[Change], moment: dt.datetime) -> bool:
    """Whether the pack is on at a moment."""
    own = sorted((one for one in changes if one.pack == pack.name), key=lambda one: one.begins_at)
    return any(start <= moment < end for start, end in _spans_on(pack, own))


def turns(old: Rule, new: Rule) -> dict[str, Turn]:
    """Which way each parameter that differs goes, and the verdict (`""`)."""
    found = {"": VERDICT.of(old.verdict, new.verdict), **old.kind.turns(old.params, new.params)}
    return {name: turn for name, turn in found.items() if turn != Turn.SAME}


def as_always(rules: Iterable[Rule], *, moment: dt.datetime, day: dt.date) -> tuple[Rule, ...]:
    """The rules that are in force at `moment`, as if they had always been: for judging an old question by them."""
    return tuple(
        replace(rule, begins_at=None, ends_at=None, effective_from=dt.date.min, effective_to=None)
        for rule in rules
        if rule.at_work(moment) and rule.in_force(day)
    )


def with_change(rules: Sequence[Rule], change: Change, packs: Iterable[Pack]) -> tuple[Rule, ...]:
    """The rules as they would have been, had `change` always been made. Raises PackWrong."""
    if change.rule:
        return tuple(
            changed(rule, change.params, change.verdict) if (rule.pack, rule.id) == (change.pack, change.rule) else rule
            for rule in rules
        )
    others = tuple(rule for rule in rules if rule.pack != change.pack)
    if not change.on:
        return others
    return (*others, *(rule for pack in packs if pack.name == change.pack for rule in pack.rules))


def unusable(packs: Sequence[Pack], changes: Iterable[Change]) -> list[Change]:
    """Changes that no shipped pack can take (any more)."""
    return [change for change in changes if not _usable(packs, change)]


def _usable(packs: Sequence[Pack], change: Change) -> bool:
    pack = next((one for one in packs if one.name == change.pack), None)
    if pack is None or not change.rule:
        return pack is not None
    rule = next((one for one in pack.rules if one.id == change.rule), None)
    try:
        return rule is not None and changed(rule, change.params, change.verdict) is not None
    except PackWrong:
        return False


def _spans_on(pack: Pack, changes: Sequence[Change]) -> Iterator[Span]:
    on, since = pack.on, _EVER
    for change in changes:
        if change.rule or change.on == on:
            continue
        if on and change.begins_at > since:
            yield since, change.begins_at
        on, since = bool(change.on), change.begins_at
    if on:
        yield since, _NEVER


def _meets(rule: Rule, span: Span) -> bool:
    return (rule.begins_at or _EVER) < span[1] and span[0] < (rule.ends_at or _NEVER)


def _within(rule: Rule, span: Span) -> Rule:
    return _from_to(rule, max(rule.begins_at or _EVER, span[0]), min(rule.ends_at or _NEVER, span[1]))


def _from_to(rule: Rule, start: dt.datetime, end: dt.datetime) -> Rule:
    return replace(rule, begins_at=None if start == _EVER else start, ends_at=None if end == _NEVER else end)
