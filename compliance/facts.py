"""Gather what the rules look at, from the book, the log and the staff's file: two queries, whatever the size of either.

The caller holds the debtor's row (`gate.open_attempt`), so that nobody else's contact with this person can come in between.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection
from django.db.models import Q

from cases.models import ContactPoint
from collection_ops.core import clock
from collection_ops.core.models import User
from compliance.models import AttemptState, ContactAttempt
from compliance.rulebook import KEY
from compliance.rules.facts import (
    HOME,
    AgreedWindow,
    Event,
    Facts,
    Feed,
    Hold,
    Loan,
    Party,
    Point,
    Purpose,
    Slot,
)
from compliance.rules.occasions import Staff

LOOKS_BACK = dt.timedelta(days=62)
"""Two calendar months hold every window that a rule counts over."""

_SOURCES = {"import": "contract"}
"""Numbers that came with the lender's file are those of the application and the contract."""
_AS_IF = {"call": "right_party", "visit": "met"}
"""What an open attempt may still become: until it is told about, it counts as the most."""


TALKS = ("call", "visit")
"""What somebody is in the middle of until they tell about it; a message is only on its way."""


@dataclass(frozen=True)
class Known:
    """Facts of one debtor without an action; which party a contact point is of; by actor the contact with the debtor that
    is not told about yet; the key of the rules in force (`rulebook`); and the rows of the log that the facts are made of."""

    facts: Facts
    party_of: dict[int, str]
    open_by: dict[int, ContactAttempt]
    rulebook: str
    log: list[ContactAttempt] = field(default_factory=list)

    def party(self, point: ContactPoint | None) -> str:
        return self.party_of.get(point.pk, DEBTOR) if point is not None else DEBTOR

    def purpose(self, point: ContactPoint | None) -> Purpose:
        """What a contact at the point is usually for: a third person is asked to relay, or who the heirs are."""
        if self.party(point) == DEBTOR:
            return "demand"
        return "relay" if self.facts.status == "alive" else "find_heir"

    def demanded(self, loan_id: int) -> Decimal | None:
        """What may be demanded of a contract while a part of it is in dispute (yuan); None: all of it (CN-S-05)."""
        loan = next((one for one in self.facts.loans if one.id == str(loan_id)), None)
        if loan is None or not loan.disputed:
            return None
        return max((loan.balance or Decimal(0)) - loan.disputed, Decimal(0))


DEBTOR = "debtor"

_BOOK = """
SELECT who.id,
       coalesce((SELECT jsonb_agg(jsonb_build_array(p.id, p.kind, p.relation, p.holder_name, p.status, p.origin, r.at)
                                  ORDER BY p.id)
                 FROM cases_contactpoint p
                 -- A third person who refused has done so wherever the number is a third person's; whose own number it is
                 -- elsewhere may be called there (CN-P-04).
                 LEFT JOIN LATERAL (
                     SELECT min(coalesce(o.refused_at, 'epoch')) AS at FROM cases_contactpoint o
                     WHERE o.value_index = p.value_index AND p.value_index <> '' AND o.kind = p.kind
                       AND o.status = 'refused' AND o.relation <> ''
                 ) r ON p.relation <> ''
                 WHERE p.debtor_id = who.id), '[]'),
       coalesce((SELECT jsonb_agg(jsonb_build_array(type, since, ends_at, proven, accused_id, accused_org,
                                                    accused_channel))
                 FROM cases_hold WHERE debtor_id = who.id AND type <> 'dispute'), '[]'),
       coalesce((SELECT jsonb_agg(jsonb_build_array(l.id, c.total::text, (
                     SELECT min(i.due_on) FROM cases_repaymentplan p JOIN cases_planinstalment i ON i.plan_id = p.id
                     WHERE p.case_id = c.id AND p.state = 'active' AND i.paid < i.amount), (
                     SELECT sum(h.amount)::text FROM cases_hold h
                     WHERE h.loan_id = l.id AND h.type = 'dispute' AND h.since <= %(now)s
                       AND (h.ends_at IS NULL OR h.ends_at > %(now)s))))
                 FROM cases_loan l LEFT JOIN cases_case c ON c.loan_id = l.id AND c.closed_on IS NULL
                 WHERE l.debtor_id = who.id), '[]'),
       coalesce((SELECT jsonb_agg(jsonb_build_array(d.code, greatest(u.started_at, f.received_at)))
                 FROM cases_loan l JOIN cases_case c ON c.loan_id = l.id AND c.closed_on IS NULL
                 JOIN cases_desk d ON d.id = c.desk_id AND d.kind = 'agency'
                 JOIN cases_custody u ON u.case_id = c.id AND u.ended_at IS NULL
                 LEFT JOIN compliance_agencyfeed f ON f.org = d.code
                 WHERE l.debtor_id = who.id), '[]'),
       coalesce((SELECT jsonb_agg(jsonb_build_array(kind, starts, ends, weekdays, channel, zone, evidence, since, ended_on)
                                  ORDER BY id)
                 FROM compliance_contactwish WHERE debtor_id = who.id), '[]'),
       jsonb_build_array(
           (SELECT max(passed_on) FROM compliance_trainingcertificate
            WHERE user_id = %(actor)s AND revoked_at IS NULL AND passed_on <= %(today)s),
           (SELECT jsonb_agg(kind ORDER BY kind) FROM compliance_staffpaper
            WHERE user_id = %(actor)s AND received_on <= %(today)s
              AND (withdrawn_on IS NULL OR withdrawn_on > %(today)s))),
       {rulebook}
FROM unnest(%(debtors)s::bigint[]) AS who(id)
""".replace("{rulebook}", KEY)


def gather(*, debtor_id: int, now: dt.datetime, since: dt.datetime | None = None, actor: User | None = None) -> Known:
    """What is known of the debtor at `now`, and of whoever is about to act. The log is read from `since` on (by default as
    far back as any rule looks). Nobody in particular (a program, a message of the system) has no training to prove."""
    return gather_each({debtor_id: since or now - LOOKS_BACK}, now=now, actor=actor)[debtor_id]


def gather_each(since: Mapping[int, dt.datetime], *, now: dt.datetime, actor: User | None = None) -> dict[int, Known]:
    """`gather` for many debtors (by id, the log of each from its moment on), in the same two queries."""
    asked: dict[str, Any] = {
        "debtors": list(since),
        "now": now,
        "today": clock.business_date(now),
        "actor": actor.pk if actor is not None else None,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BOOK, asked)
        books = cursor.fetchall()
    logs: dict[int, list[ContactAttempt]] = {debtor: [] for debtor in since}
    recent = Q(opened_at__gte=min(since.values(), default=now)) | Q(state=AttemptState.OPEN)
    log = ContactAttempt.objects.filter(recent, debtor_id__in=list(since)).exclude(state=AttemptState.CANCELLED)
    for attempt in log.order_by("opened_at", "pk"):
        if attempt.state == AttemptState.OPEN or attempt.opened_at >= since[attempt.debtor_id]:
            logs[attempt.debtor_id].append(attempt)
    return {debtor: _known(columns, logs[debtor], now=now, actor=actor) for debtor, *columns in books}


def _known(row: list[Any], log: list[ContactAttempt], *, now: dt.datetime, actor: User | None) -> Known:
    *columns, rulebook = row
    points, holds, loans, feeds, wishes, (trained_on, papers) = (_loaded(column) for column in columns)
    parties, party_of = _people(points)
    open_by = {
        a.actor_id: a for a in log if a.state == AttemptState.OPEN and a.actor_id is not None and a.channel in TALKS
    }
    facts = Facts(
        now,
        status=_status(holds),
        parties=parties,
        points=tuple(
            Point(
                str(pk),
                party_of[pk],
                _SOURCES.get(origin, origin),
                invalid=status == ContactPoint.Status.DEAD,
                kind=kind,
            )
            for pk, kind, _relation, _holder, status, origin, _refused in points
        ),
        holds=tuple(
            Hold(
                kind,
                _moment(begun),
                ends_at=_moment(ends) if ends else None,
                proven=proven,
                accused=str(accused or ""),
                accused_org=org,
                accused_channel=channel,
            )
            for kind, begun, ends, proven, accused, org, channel in holds
        ),
        # A contract without an open case is not in the overdue book: nothing of it can be demanded.
        loans=tuple(
            Loan(str(pk), _yuan(total), disputed=_yuan(disputed), plan_due=_day(due))
            for pk, total, due, disputed in loans
        ),
        # An agency that never told anything has been silent since it was given the case.
        feeds=tuple(Feed(org, _moment(at)) for org, at in feeds),
        history=tuple(event_of(attempt, party_of) for attempt in log),
        **_wished(wishes, clock.business_date(now)),
        staff=None if actor is None else Staff(_day(trained_on), tuple(papers or ())),
    )
    return Known(facts, party_of, open_by, rulebook, log)


def event_of(attempt: ContactAttempt, party_of: dict[int, str]) -> Event:
    """A row of the log as the rules see it."""
    return Event(
        at=attempt.took_place_at,
        channel=attempt.channel,  # type: ignore[arg-type]
        direction=attempt.direction,  # type: ignore[arg-type]
        result=attempt.result or _AS_IF.get(attempt.channel, "sent"),  # type: ignore[arg-type]
        party=party_of.get(attempt.point_id or 0, DEBTOR),
        point=str(attempt.point_id or ""),
        loans=tuple(map(str, attempt.loans)),
        actor=str(attempt.actor_id or ""),
        actor_kind=attempt.actor_kind,  # type: ignore[arg-type]
        org=attempt.org,
        misdirected=attempt.misdirected,
    )


def _wished(wishes: list[Any], today: dt.date) -> dict[str, Any]:
    """What the debtor said about when and how. Agreed hours carry their own days: the rules look at them."""
    agreed, slots, channels, zones = [], [], [], []
    for kind, starts, ends, weekdays, channel, zone, evidence, since, ended in wishes:
        first, last = _day(since), _day(ended)
        assert first is not None
        if kind == "agreed":
            agreed.append(AgreedWindow(_time(starts), _time(ends), evidence, first, last))
            continue
        if first > today or (last is not None and last <= today):
            continue
        if kind == "inconvenient":
            slots.append(Slot(_time(starts), _time(ends), tuple(weekdays)))
        elif kind == "channel":
            channels.append(channel)
        else:
            zones.append(zone)
    found: dict[str, Any] = {
        "agreed_windows": tuple(agreed), "inconvenient": tuple(slots), "rejected_channels": tuple(channels),
    }  # fmt: skip
    # The lender's own calendar stays the first: it counts the days.
    return found | ({"timezones": (HOME, *(zone for zone in zones if zone != HOME))} if zones else {})


def _people(points: list[Any]) -> tuple[tuple[Party, ...], dict[int, str]]:
    """The debtor and the third persons, who are told apart by relation and name, and never named: a third person's refusal
    at one number is one at all of theirs, from the first moment they refused anywhere."""
    named: dict[tuple[str, str], str] = {}
    party_of: dict[int, str] = {}
    refused: dict[str, dt.datetime] = {}
    for pk, _kind, relation, holder, _status, _origin, refused_at in points:
        party = named.setdefault((relation, holder), f"third-{pk}") if relation else DEBTOR
        party_of[pk] = party
        if refused_at:
            moment = _moment(refused_at)
            refused[party] = min(moment, refused.get(party, moment))
    thirds = [Party(party, "contact", refused_at=refused.get(party)) for party in named.values()]
    return (Party(DEBTOR, "debtor"), *thirds), party_of


def _status(holds: list[Any]) -> Any:
    kinds = {kind for kind, _since, ends, proven, *_rest in holds if proven and ends is None}
    return "dead" if "deceased" in kinds else "incapacitated" if "incapacitated" in kinds else "alive"


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _day(text: str | None) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None


def _time(text: str) -> dt.time:
    return dt.time.fromisoformat(text)


def _yuan(text: str | None) -> Decimal:
    return Decimal(text) if text is not None else Decimal("0.00")


def _loaded(column: Any) -> Any:
    return json.loads(column) if isinstance(column, str) else column
