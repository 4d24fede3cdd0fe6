"""The packs as people read them: by subject, in the reader's language, as they stand at a moment."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from collection_ops.core import clock
from collection_ops.core.wording import listed
from compliance import rule_texts as texts
from compliance.kind_texts import KINDS, WORKS_WITH
from compliance.rules.facts import HOME, Action, Facts, facts_from
from compliance.rules.packs import Example, Pack, Rule, changed, pack_names, shipped
from compliance.rules.versions import Change, is_on, version_at


@dataclass(frozen=True)
class ShownParameter:
    """`is_default`: the pack leaves it out. `is_idle`: it changes nothing, being off or belonging to a choice not made.
    `shipped`: how the pack was shipped, where people changed it."""

    label: str
    value: str
    is_default: bool
    is_idle: bool
    shipped: str = ""


@dataclass(frozen=True)
class ShownRule:
    """One rule in words. `lang` of its source: packs give that in one language only. `standing`: "", "ended" or "coming".
    `shipped_verdict`: what it was shipped with, where people changed it."""

    rule: Rule
    subject: str
    statement: str
    kind: str
    verdict: str
    tone: str
    mark: str
    mark_tone: str
    lang: str
    standing: str
    parameters: tuple[ShownParameter, ...]
    shipped_verdict: str = ""

    @property
    def is_changed(self) -> bool:
        return bool(self.shipped_verdict) or any(each.shipped for each in self.parameters)

    @property
    def at_work(self) -> list[ShownParameter]:
        """Parameters to name in a short line: what the pack sets, and defaults that do something."""
        return [each for each in self.parameters if not (each.is_default and each.is_idle)]


@dataclass(frozen=True)
class ShownExample:
    """Moments are those of the debtor's `zone`, which is named where it is not the lender's own."""

    name: str
    lang: str
    moment: str
    zone: str
    asked: str
    changed: str
    answer: str
    tone: str
    next_allowed: str


@dataclass(frozen=True)
class ShownSubject:
    letter: str
    title: str
    rules: tuple[ShownRule, ...]


@dataclass(frozen=True)
class ShownPack:
    """`on`: whether it is in force now. `number` of rules in the pack; `found` of them after the filter."""

    pack: Pack
    title: str
    on: bool
    number: int
    found: int
    subjects: tuple[ShownSubject, ...]


def packs_shown(
    *, now: dt.datetime, changes: Sequence[Change], text: str = "", verdict: str = "", mark: str = ""
) -> list[ShownPack]:
    """All packs, those in force first; of their rules, as they stand now, those that fit. `text`: words that all have to
    occur."""
    on = {name: is_on(shipped(name), changes, now) for name in pack_names()}
    words = text.casefold().split()
    found = []
    for pack in sorted((shipped(name) for name in pack_names()), key=lambda pack: (not on[pack.name], pack.name)):
        own = [change for change in changes if change.pack == pack.name]
        current = [version_at(rule, own, now) for rule in pack.rules]
        fitting = [rule for rule in current if _fits(rule, words=words, verdict=verdict, mark=mark)]
        found.append(_pack(pack, fitting, on=on[pack.name], day=clock.business_date(now)))
    return found


def rule_of(rule_id: str) -> tuple[Pack, Rule] | None:
    """A rule, as it is shipped, with its pack."""
    packs = [shipped(name) for name in pack_names()]
    return next(((pack, rule) for pack in packs for rule in pack.rules if rule.id == rule_id), None)


def _fits(rule: Rule, *, words: list[str], verdict: str, mark: str) -> bool:
    if (verdict and rule.verdict != verdict) or (mark and rule.mark != mark):
        return False
    read = f"{rule.id} {texts.spoken(rule.statement)} {rule.source}".casefold()
    return all(word in read for word in words)


def _pack(pack: Pack, rules: list[Rule], *, on: bool, day: dt.date) -> ShownPack:
    shown = [rule_shown(rule, day=day, as_shipped=pack.rule(rule.id)) for rule in rules]
    by_letter = {letter: tuple(each for each in shown if _letter(each.rule.id) == letter) for letter in texts.SUBJECTS}
    subjects = [
        ShownSubject(letter, str(texts.SUBJECTS[letter]), found) for letter, found in by_letter.items() if found
    ]
    return ShownPack(pack, texts.spoken(pack.title), on, len(pack.rules), len(rules), tuple(subjects))


def rule_shown(rule: Rule, *, day: dt.date, as_shipped: Rule | None = None) -> ShownRule:
    """A rule in words, as it stands on `day`; with `as_shipped` also what people changed of it."""
    return ShownRule(
        rule=rule,
        subject=str(texts.SUBJECTS[_letter(rule.id)]),
        statement=texts.spoken(rule.statement),
        kind=str(KINDS[rule.kind.name].label),
        verdict=str(texts.VERDICTS[rule.verdict]),
        tone=texts.ANSWER_TONES[rule.verdict],
        mark=str(texts.MARKS[rule.mark]),
        mark_tone=texts.MARK_TONES[rule.mark],
        lang=texts.language_of(rule.source),
        standing="" if rule.in_force(day) else "coming" if day < rule.effective_from else "ended",
        parameters=tuple(_parameters(rule, as_shipped or rule)),
        shipped_verdict=_shipped_verdict(rule, as_shipped),
    )


def _shipped_verdict(rule: Rule, as_shipped: Rule | None) -> str:
    if as_shipped is None or as_shipped.verdict == rule.verdict:
        return ""
    return str(texts.VERDICTS[as_shipped.verdict])


def _letter(rule_id: str) -> str:
    """T of CN-T-01; nothing where it names no subject."""
    parts = rule_id.split("-")
    return parts[1] if len(parts) > 2 and parts[1] in texts.SUBJECTS else ""


def _parameters(rule: Rule, as_shipped: Rule) -> Iterator[ShownParameter]:
    for name, text in KINDS[rule.kind.name].parameters.items():
        value, before = getattr(rule.params, name), getattr(as_shipped.params, name)
        other, wanted = WORKS_WITH.get((rule.kind.name, name), ("", None))
        yield ShownParameter(
            label=str(text.label),
            value=text.words(value),
            is_default=name not in rule.values,
            is_idle=not value or (bool(other) and getattr(rule.params, other) != wanted),
            shipped="" if value == before else text.words(before),
        )


# Examples -------------------------------------------------------------------------------------------------------------


def examples_shown(rule: Rule) -> list[ShownExample]:
    """What the rule's source calls for, as questions and answers."""
    return [_example(rule, example) for example in rule.examples]


def _example(rule: Rule, example: Example) -> ShownExample:
    facts = facts_from(example.facts)
    after = dt.datetime.fromisoformat(example.next_allowed_at) if example.next_allowed_at else None
    return ShownExample(
        name=example.name,
        lang=texts.language_of(example.name),
        moment=_moment(facts.now, facts),
        zone="" if facts.zone.key == HOME else facts.zone.key,
        asked=" · ".join(_asked(facts)),
        changed=listed(_changes(rule, example)),
        answer=str(texts.ANSWERS[example.expect]),
        tone=texts.ANSWER_TONES[example.expect],
        next_allowed=_moment(after, facts) if after is not None else "",
    )


def _moment(moment: dt.datetime, facts: Facts) -> str:
    local = moment.astimezone(facts.zone)
    return f"{local:%Y-%m-%d %H:%M:%S}" if local.second else f"{local:%Y-%m-%d %H:%M}"


def _asked(facts: Facts) -> Iterator[str]:
    action = facts.action
    if not facts.is_contact:
        yield str(texts.ACTIONS[action.kind])
        if action.what:
            yield str(texts.DECISIONS.get(action.what, action.what))
        return
    yield str(texts.CHANNELS[action.channel])
    yield from (str(part) for part in texts.circumstances(action, ended_at=_ended(action, facts)))
    if action.direction == "out":
        yield str(texts.PURPOSES[action.purpose])
    if action.party != "debtor":
        yield str(texts.ROLES[facts.party.role])


def _ended(action: Action, facts: Facts) -> str:
    return f"{action.ended_at.astimezone(facts.zone):%H:%M}" if action.ended_at is not None else ""


def _changes(rule: Rule, example: Example) -> list[str]:
    told = in_words(rule, example.params)
    if example.verdict is not None:
        told.append(f"{gettext('处理')} {texts.VERDICTS[example.verdict]}")
    return told


def in_words(rule: Rule, params: Mapping[str, Any]) -> list[str]:
    """Values of some parameters of a rule: «上限 2 次»."""
    other = changed(rule, params).params
    known = KINDS[rule.kind.name].parameters
    return [f"{known[name].label} {known[name].words(getattr(other, name))}" for name in params]
