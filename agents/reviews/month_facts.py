"""Gather: what a month was like for each person. The one source of appraisal and of rewards; a fixed number of queries.

Every figure is a numerator (`n`) and, where it is a share, a denominator (`d`):
money        confirmed money credited to the person (agents/credit), yuan · target: that ÷ the target agreed for the month
recovery     that money ÷ what the same cases would have brought at everybody's rate of their stage and band of amounts
complaints   upheld complaints of those received in the month (agents/complaints) · handled: closed ÷ received
breaches     contacts against a rule, not withdrawn · overridden: contacts told afterwards although the gate had refused the
             same debtor that day
notes        told about in time ÷ told about or overdue · recordings: recorded talks ÷ talks over the line
attendance   days there ÷ those and the days of personal leave (the law protects sick leave, family and annual leave)
conduct      penalties of the month that were approved · kept, effective: as targets measure them (agents/targets)
contacted    different debtors reached, by which the complaint rate divides (compliance/complaints/rates)
cert_days    days there without a valid training certificate (CN-H-01)
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.conf import settings

from agents.complaints import Complaint, complaints
from agents.credit import credited
from agents.expected import band_of
from agents.models import LeaveKind, ProposalState, RewardKind, RewardProposal
from agents.people.attendance import attendance, away_by_day, leave_between
from agents.targets.gather import last_of
from agents.targets.measures import AT_ENTRY, HELD, measure
from agents.targets.metrics import NOTHING
from agents.targets.sets import agreed
from cases.models import Desk, DeskKind
from collection_ops.core import clock
from collection_ops.core.money import round_money
from collection_ops.core.services.calendar import business_days
from collection_ops.core.sql import all_rows
from compliance.complaints.rates import reached
from compliance.models import TrainingCertificate
from compliance.rulebook import rules_in_force
from compliance.rules.keeping import certificate
from compliance.selectors_staff import staff_rules

COUNTED_LEAVE = (LeaveKind.PERSONAL, LeaveKind.OTHER)
ZERO = Decimal(0)


@dataclass(frozen=True)
class Figure:
    """`of` None: a mere count or amount."""

    number: Decimal
    of: Decimal | None = None

    def to_json(self) -> list[str | None]:
        return [str(self.number), None if self.of is None else str(self.of)]

    @classmethod
    def of_json(cls, pair: list[str | None]) -> "Figure":
        number, of = pair
        return cls(Decimal(number or 0), None if of is None else Decimal(of))


@dataclass
class MonthFacts:
    """One person's month. `evidence`: by figure the numbers of what stands behind it (complaints, breaches)."""

    figures: dict[str, Figure] = field(default_factory=dict)
    evidence: dict[str, list[dict[str, Any]]] = field(default_factory=dict)

    def number(self, name: str) -> Decimal:
        return self.figures[name].number if name in self.figures else ZERO

    def to_json(self) -> dict[str, Any]:
        return {name: figure.to_json() for name, figure in self.figures.items()} | {"evidence": self.evidence}

    @classmethod
    def of_json(cls, stored: Mapping[str, Any]) -> "MonthFacts":
        figures = {name: Figure.of_json(pair) for name, pair in stored.items() if name != "evidence"}
        return cls(figures, dict(stored.get("evidence", {})))


# Everybody's cases with stage and overdue total as they came into the hand.
_HANDS = f"""
WITH {HELD}
SELECT h.user_id, h.case_id, coalesce(
    (SELECT p.stage FROM cases_position p WHERE p.case_id = h.case_id AND p.as_of <= h.since
     ORDER BY p.as_of DESC, p.run_id DESC LIMIT 1), c.stage), {AT_ENTRY}
FROM held h JOIN cases_case c ON c.id = h.case_id
"""  # noqa: S608 (fixed parts only)

_LOG = """
WITH log AS (
    SELECT a.*, (a.opened_at AT TIME ZONE %(zone)s)::date AS day
    FROM compliance_contactattempt a
    WHERE a.actor_id = ANY(%(users)s) AND a.state <> 'cancelled'
      AND a.opened_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
      AND a.opened_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
)
SELECT l.actor_id,
       count(*) FILTER (WHERE l.late_minutes = 0),
       count(*) FILTER (WHERE l.late_minutes IS NOT NULL
                           OR (l.state = 'open' AND coalesce(l.ended_at, l.opened_at) < %(now)s - interval '2 hours')),
       count(*) FILTER (WHERE x.connected_at IS NOT NULL AND x.recording_ref <> ''),
       count(*) FILTER (WHERE x.connected_at IS NOT NULL AND (x.recording_ref <> '' OR x.no_recording)),
       count(*) FILTER (WHERE l.gate_id IS NULL AND l.direction = 'out' AND EXISTS (
           SELECT FROM compliance_gatedecision g
           WHERE g.case_id = l.case_id AND g.verdict = 'block' AND g.actor_id = l.actor_id AND g.channel = l.channel
             AND g.decided_at <= l.recorded_at AND (g.decided_at AT TIME ZONE %(zone)s)::date = l.day))
FROM log l LEFT JOIN compliance_contactdetail x ON x.attempt_id = l.id
GROUP BY l.actor_id
"""

_BREACHES = """
SELECT a.actor_id, b.id, b.rule, (a.opened_at AT TIME ZONE %(zone)s)::date
FROM compliance_breach b JOIN compliance_contactattempt a ON a.id = b.attempt_id
WHERE b.state = 'open' AND a.actor_id = ANY(%(users)s)
  AND NOT EXISTS (SELECT FROM compliance_breachcase c WHERE c.breach_id = b.id AND c.state = 'dismissed')
  AND a.opened_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
  AND a.opened_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
ORDER BY b.id
"""


def month_facts(*, month: dt.date, users: Collection[int], now: dt.datetime) -> dict[int, MonthFacts]:
    """The month of each of `users` (ids), as it is known at `now`."""
    wanted, first, last = sorted(set(users)), month, last_of(month)
    found = {pk: MonthFacts() for pk in wanted}
    asked = {"first": first, "last": last, "zone": settings.TIME_ZONE, "now": now, "users": wanted}
    _add_money(found, asked)
    _add_log(found, asked)
    _add_complaints(found, complaints(first=first, last=last, users=wanted), now)
    _add_days(found, first, min(last, clock.business_date(now)))
    penalties = RewardProposal.objects.filter(
        user__in=wanted, month=month, kind=RewardKind.PENALTY, state=ProposalState.FINAL
    )
    fined: dict[int, int] = defaultdict(int)
    for user_id in penalties.values_list("user_id", flat=True):
        fined[user_id] += 1
    for pk, facts in found.items():
        facts.figures["conduct"] = Figure(Decimal(fined[pk]))
    return found


def _add_money(found: dict[int, MonthFacts], asked: Mapping[str, Any]) -> None:
    """Everybody's cases give the rates, so the peers are there whoever asks."""
    paid: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    total: dict[int, Decimal] = defaultdict(Decimal)
    for credit in credited(first=asked["first"], last=asked["last"]):
        paid[credit.user_id, credit.case_id] += credit.amount
        total[credit.user_id] += credit.amount
    base: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    brought: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    mine: dict[tuple[int, tuple[int, int]], Decimal] = defaultdict(Decimal)
    owners = Desk.objects.filter(kind=DeskKind.COLLECTOR, owner__isnull=False).values_list("owner_id", flat=True)
    for user_id, case_id, stage, owed in all_rows(_HANDS, {**asked, "users": sorted(set(owners) | set(found))}):
        stratum = (stage, band_of(owed))
        base[stratum] += owed
        brought[stratum] += paid[user_id, case_id]
        if user_id in found:
            mine[user_id, stratum] += owed
    expected: dict[int, Decimal] = defaultdict(Decimal)
    for (user_id, stratum), owed in mine.items():
        if base[stratum] > 0:
            expected[user_id] += owed * brought[stratum] / base[stratum]
    version = agreed(asked["first"])
    targets: dict[int, Decimal] = {}
    if version is not None:
        mine_only = version.targets.filter(metric="money", level="person", user__in=list(found), amount__gt=0)
        targets = {int(user_id or 0): amount for user_id, amount in mine_only.values_list("user_id", "amount")}
    for pk, facts in found.items():
        money = round_money(total[pk])
        facts.figures["money"] = Figure(money)
        facts.figures["target"] = Figure(money, targets.get(pk, ZERO))
        facts.figures["recovery"] = Figure(money, round_money(expected[pk]))


def _add_log(found: dict[int, MonthFacts], asked: Mapping[str, Any]) -> None:
    names = ("noted", "to_note", "recorded", "talks", "overridden")
    counts = {row[0]: dict(zip(names, row[1:], strict=True)) for row in all_rows(_LOG, asked)}
    span = {"first": asked["first"], "last": asked["last"], "users": asked["users"]}
    kept, effective, contacted = measure("kept", **span), measure("contacts", **span), reached(**span)
    breaches: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for user_id, number, rule, day in all_rows(_BREACHES, asked):
        breaches[user_id].append({"kind": "breach", "number": number, "rule": rule, "day": day.isoformat()})
    for pk, facts in found.items():
        of = {name: Decimal(count) for name, count in counts.get(pk, dict.fromkeys(names, 0)).items()}
        promised = kept.get(pk, NOTHING)
        facts.figures |= {
            "contacted": Figure(Decimal(contacted.get(pk, 0))),
            "effective": Figure(effective.get(pk, NOTHING).numerator),
            "notes": Figure(of["noted"], of["to_note"]),
            "recordings": Figure(of["recorded"], of["talks"]),
            "overridden": Figure(of["overridden"]),
            "breaches": Figure(Decimal(len(breaches[pk]))),
            "kept": Figure(promised.numerator, promised.denominator),
        }
        facts.evidence["breaches"] = breaches[pk]


def _add_complaints(found: dict[int, MonthFacts], received: Iterable[Complaint], now: dt.datetime) -> None:
    about: dict[int, list[Complaint]] = defaultdict(list)
    for one in received:
        about[one.user_id].append(one)
    for pk, facts in found.items():
        mine = about[pk]
        upheld = [one for one in mine if one.upheld]
        facts.figures["complaints"] = Figure(Decimal(len(upheld)))
        facts.figures["handled"] = Figure(Decimal(sum(one.is_settled(now) for one in mine)), Decimal(len(mine)))
        facts.evidence["complaints"] = [
            {"kind": "complaint", "pk": one.pk, "number": one.number, "day": one.received_on.isoformat()}
            for one in upheld
        ]


def _add_days(found: dict[int, MonthFacts], first: dt.date, last: dt.date) -> None:
    users, days = list(found), business_days(first, last) if first <= last else []
    here = attendance(users, first, last) if days else {}
    leaves = [leave for leave in leave_between(users, first, last) if leave.kind in COUNTED_LEAVE] if days else []
    away = away_by_day(leaves, first, last)
    passed: dict[int, list[dt.date]] = defaultdict(list)
    tests = TrainingCertificate.objects.filter(user__in=users, revoked_at__isnull=True, passed_on__lte=last)
    for user_id, day in tests.values_list("user_id", "passed_on"):
        passed[user_id].append(day)
    lasts = _certificate_days(last)
    on = set(days)
    for pk, facts in found.items():
        there = {day: part for (user, day), part in here.items() if user == pk and part}
        missed = sum((part for (user, day), part in away.items() if user == pk and day in on), ZERO)
        present = sum(there.values(), ZERO)
        untrained = sum(
            lasts is not None and not any(0 <= (day - test).days <= lasts for test in passed[pk]) for day in there
        )
        facts.figures["attendance"] = Figure(present, present + missed)
        facts.figures["cert_days"] = Figure(Decimal(untrained))


def _certificate_days(day: dt.date) -> int | None:
    """For how many days a passed test holds, by the rule in force; None: no rule asks for one."""
    moment = dt.datetime.combine(day, dt.time.max, tzinfo=dt.UTC)
    rules = staff_rules(rules_in_force(day), moment)
    return min((rule.params.days for rule in rules if rule.kind.check is certificate), default=None)
