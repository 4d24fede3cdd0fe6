"""One answer of the gate as people read it: what was asked, what was known, and what the rules say of it now and then."""

from collections import ChainMap
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from cases.models import ContactPoint
from collection_ops.core import clock
from collection_ops.core.wording import listed
from compliance import rule_texts as texts
from compliance.gate import decide_again
from compliance.models import GateDecision
from compliance.models.attempt import Channel, Outcome
from compliance.parameter_texts import NONE
from compliance.rulebook import rules_in_force
from compliance.rules.facts import Facts, facts_kept
from compliance.rules.versions import as_always

MOST_EVENTS = 30
_CODES = ChainMap(
    dict(texts.HOLDS), dict(texts.RESULTS), dict(texts.PURPOSES), dict(texts.ROLES), dict(texts.CHANNELS),
    dict(texts.SOURCES), dict(texts.STATES),
)  # fmt: skip


@dataclass(frozen=True)
class ReasonLine:
    rule: str
    verdict: str
    tone: str
    statement: str
    observed: str
    limit: str


@dataclass(frozen=True)
class Judged:
    """One judgement: `title` says by which rules."""

    title: str
    note: str
    verdict: str
    tone: str
    next_allowed_at: datetime | None
    reasons: list[ReasonLine]


@dataclass(frozen=True)
class EventLine:
    at: datetime
    channel: str
    result: str
    number: str
    org: str
    is_inbound: bool
    misdirected: bool


@dataclass(frozen=True)
class DecisionShown:
    """Of the facts only what stands for people: masks for numbers, no name."""

    number: str
    known: list[tuple[str, str]]
    events: list[EventLine]
    more_events: int
    judged: list[Judged]

    @property
    def is_same(self) -> bool:
        return len({one.verdict for one in self.judged}) == 1


def decision_shown(decision: GateDecision, *, now: datetime) -> DecisionShown:
    """Two queries: masks of numbers, the rules."""
    facts = facts_kept(decision.facts)
    masks = _masks(facts)
    rules = rules_in_force()
    of_its_day = decide_again(decision, rules)
    of_today = decide_again(decision, as_always(rules, moment=now, day=clock.business_date(now)))
    events = sorted(facts.past, key=lambda event: event.at, reverse=True)
    return DecisionShown(
        number=masks.get(facts.action.point, ""),
        known=list(_known(facts)),
        events=[
            EventLine(
                event.at,
                str(Channel(event.channel).label),
                str(Outcome(event.result).label),
                masks.get(event.point, ""),
                "" if event.org == "own" else event.org,
                event.direction == "in",
                event.misdirected,
            )
            for event in events[:MOST_EVENTS]
        ],
        more_events=max(len(events) - MOST_EVENTS, 0),
        judged=[
            _judged(_("当时的判定"), "", decision.verdict, decision.next_allowed_at, decision.reasons),
            _judged(
                _("按当日规则重判"), _("用当时所知的事实和当时生效的规则"), of_its_day.verdict,
                of_its_day.next_allowed_at, [reason.to_json() for reason in of_its_day.reasons],
            ),
            _judged(
                _("按今日规则重判"), _("用当时所知的事实和现在生效的规则"), of_today.verdict,
                of_today.next_allowed_at, [reason.to_json() for reason in of_today.reasons],
            ),
        ],
    )  # fmt: skip


def _judged(
    title: str, note: str, verdict: str, next_allowed_at: datetime | None, reasons: list[dict[str, Any]]
) -> Judged:
    return Judged(
        title, note, str(texts.ANSWERS[verdict]), texts.ANSWER_TONES[verdict], next_allowed_at,
        [
            ReasonLine(
                reason["rule"],
                str(texts.VERDICTS[reason["verdict"]]),
                texts.ANSWER_TONES[reason["verdict"]],
                texts.spoken(reason["statement"]),
                _word(reason["observed"]),
                _word(reason["limit"]),
            )
            for reason in reasons
        ],
    )  # fmt: skip


def _word(value: Any) -> str:
    if isinstance(value, list):
        return listed(_word(one) for one in value)
    return "" if value is None else str(_CODES.get(str(value), value))


def _masks(facts: Facts) -> dict[str, str]:
    wanted = {facts.action.point, *(event.point for event in facts.past)}
    found = ContactPoint.objects.filter(pk__in=[int(pk) for pk in wanted if pk.isdecimal()])
    return {str(pk): masked for pk, masked in found.values_list("pk", "masked")}


def _known(facts: Facts) -> Any:
    """What the rules could look at besides the log, as label and value."""
    yield _("对象"), str(texts.ROLES[facts.party.role])
    if facts.status != "alive":
        yield _("客户状态"), str(texts.STATES[facts.status])
    holds = [f"{texts.HOLDS.get(hold.type, hold.type)} {hold.since:%Y-%m-%d}" for hold in facts.holds]
    yield _("停催事由"), listed(holds) if holds else str(NONE)
    owed = [loan.balance for loan in facts.loans_meant if loan.balance is not None]
    if owed:
        yield _("所涉合同欠款"), texts.yuan(sum(owed))
    plans = [loan.plan_due for loan in facts.loans_meant if loan.plan_due is not None]
    if plans:
        yield _("分期到期"), f"{min(plans):%Y-%m-%d}"
    if facts.action.message is not None:
        yield _("模板"), facts.action.message.template or str(NONE)
    yield _("时区"), listed(facts.timezones)
