"""The shipped packs as people read them: by subject, in the reader's language. Files only, no database."""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext

from collection_ops.core.wording import listed
from compliance import rule_texts as texts
from compliance.kind_texts import KINDS, WORKS_WITH
from compliance.rules.facts import HOME, Action, Facts, facts_from
from compliance.rules.packs import Example, Pack, Rule, changed, pack_names, shipped


@dataclass(frozen=True)
class ShownParameter:
    """`is_default`: the pack leaves it out. `is_idle`: it changes nothing, being off or belonging to a choice not made."""

    label: str
    value: str
    is_default: bool
    is_idle: bool


@dataclass(frozen=True)
class ShownRule:
    """One rule in words. `lang` of its source: packs give that in one language only. `standing`: "", "ended" or "coming"."""

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
    """`number` of rules in the pack; `found` of them after the filter."""

    pack: Pack
    title: str
    number: int
    found: int
    subjects: tuple[ShownSubject, ...]


def packs_shown(*, day: dt.date, text: str = "", verdict: str = "", mark: str = "") -> list[ShownPack]:
    """All packs, those in force first; of their rules those that fit. `text`: words that all have to occur."""
    packs = sorted((shipped(name) for name in pack_names()), key=lambda pack: (not pack.on, pack.name))
    words = text.casefold().split()
    return [
        _pack(pack, [rule for rule in pack.rules if _fits(rule, words=words, verdict=verdict, mark=mark)], day)
        for pack in packs
    ]


def rule_of(rule_id: str) -> tuple[Pack, Rule] | None:
    """A rule with its pack."""
    packs = [shipped(name) for name in pack_names()]
    return next(((pack, rule) for pack in packs for rule in pack.rules if rule.id == rule_id), None)


def _fits(rule: Rule, *, words: list[str], verdict: str, mark: str) -> bool:
    if (verdict and rule.verdict != verdict) or (mark and rule.mark != mark):
        return False
    read = f"{rule.id} {texts.spoken(rule.statement)} {rule.source}".casefold()
    return all(word in read for word in words)


def _pack(pack: Pack, rules: list[Rule], day: dt.date) -> ShownPack:
    shown = [rule_shown(rule, day=day) for rule in rules]
    by_letter = {letter: tuple(each for each in shown if _letter(each.rule.id) == letter) for letter in texts.SUBJECTS}
    subjects = [
        ShownSubject(letter, str(texts.SUBJECTS[letter]), found) for letter, found in by_letter.items() if found
    ]
    return ShownPack(pack, texts.spoken(pack.title), len(pack.rules), len(rules), tuple(subjects))


def rule_shown(rule: Rule, *, day: dt.date) -> ShownRule:
    """A rule in words, as it stands on `day`."""
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
        parameters=tuple(_parameters(rule)),
    )


def _letter(rule_id: str) -> str:
    """T of CN-T-01; nothing where it names no subject."""
    parts = rule_id.split("-")
    return parts[1] if len(parts) > 2 and parts[1] in texts.SUBJECTS else ""


def _parameters(rule: Rule) -> Iterator[ShownParameter]:
    for name, text in KINDS[rule.kind.name].parameters.items():
        value = getattr(rule.params, name)
        other, wanted = WORKS_WITH.get((rule.kind.name, name), ("", None))
        yield ShownParameter(
            label=str(text.label),
            value=text.words(value),
            is_default=name not in rule.values,
            is_idle=not value or (bool(other) and getattr(rule.params, other) != wanted),
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
