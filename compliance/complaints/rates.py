"""The complaint rate, defined once: the page, the export, the command, targets, rewards and the desk ask here.

complaint rate   complaints ÷ contacted customers × 10,000.
    Complaints: those that are not joined to another, by the day on which it happened (`event_on`, else the day of receipt),
    so that a complaint that comes late counts where somebody acted. The house counts each once; a person, unit or agency
    each that names them, so lines of people may add up to more than the house. What is about a process, fees, the credit
    report or data use belongs to the house alone. One that was withdrawn stays in the rate (else talking people out of it
    would pay) and is shown beside it.
    Contacted customers: different debtors who were reached by a closed outbound contact of the period, made by that person,
    unit or agency. Reached: somebody was at the other end (`REACHED`), the debtor or another; not voicemail, and not a
    message, for one batch of those would make any rate small. Numbers that were nobody's of the debtor do not count.
    By type, category or source the denominator is the whole house's. Below `complaint.rate_least` customers: no rate.
upheld rate      upheld and partly upheld ÷ decided, by the day of the decision. Withdrawn is not decided; what is reopened
    is undecided again. For a person, unit or agency only what they are responsible for is upheld.
in-time rate     rounds closed by their last day ÷ rounds whose last day lies in the period. Open and overdue is late; open
    with days left is not due yet. A reopened complaint has a round of its own.

A person's unit is the one of today. `known_by`: as it was known at that moment; a decision that a reopening took back
is not restored. Every figure is a count of rows, so rates of sums are never averages of rates.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from collection_ops.core.clock import month_before, month_end
from collection_ops.core.dated_settings import Setting
from collection_ops.core.money import round_money
from collection_ops.core.sql import all_rows
from compliance.models import DECIDED_OUTCOMES, FOUND_TRUE, ComplaintState
from compliance.models.attempt import Outcome

By = Literal["house", "user", "org", "unit", "type", "category", "source"]
PER = 10_000
OWN_ORG = "own"
REACHED = (Outcome.CONNECTED, Outcome.RIGHT_PARTY, Outcome.THIRD_PARTY, Outcome.MET)
"""Results of a contact with somebody at the other end."""
LEAST_CONTACTED = Setting(
    "complaint.rate_least",
    label=_("计算投诉率的最少联系客户数"),
    default=50,
    source=_("样本太小时比率没有意义"),
    unit=_("人"),
    least=1,
    most=10_000,
)


@dataclass(frozen=True)
class Counts:
    """What was counted under one key; what a rate divides stands beside what it divides by."""

    complaints: int = 0
    withdrawn: int = 0
    open: int = 0
    decided: int = 0
    upheld: int = 0
    due: int = 0
    in_time: int = 0
    contacted: int = 0


@dataclass(frozen=True)
class Line:
    """The rates of one key: a person's id, a unit's or agency's code (`OWN_ORG`: the lender's own people), a value of type,
    category or source; empty for the house. `least`: of contacted customers for a rate."""

    key: str
    counts: Counts
    least: int = 0

    @property
    def is_small(self) -> bool:
        """Too few customers were contacted for a rate."""
        return self.counts.contacted < max(self.least, 1)

    @property
    def rate(self) -> Decimal | None:
        """Complaints for 10,000 contacted customers, two places; None where there are too few."""
        return None if self.is_small else round_money(Decimal(self.counts.complaints * PER) / self.counts.contacted)

    @property
    def upheld_rate(self) -> Decimal | None:
        """Per cent; None with nothing decided."""
        return _percent(self.counts.upheld, self.counts.decided)

    @property
    def in_time_rate(self) -> Decimal | None:
        """Per cent; None with nothing due."""
        return _percent(self.counts.in_time, self.counts.due)

    def to_json(self) -> dict[str, Any]:
        rates = {"rate": self.rate, "upheld_rate": self.upheld_rate, "in_time_rate": self.in_time_rate}
        return {
            "key": self.key,
            **{name: getattr(self.counts, name) for name in Counts.__dataclass_fields__},
            **{name: None if value is None else str(value) for name, value in rates.items()},
        }


def _percent(part: int, of: int) -> Decimal | None:
    return round_money(Decimal(part * 100) / of) if of else None


_COLUMNS = (
    "c.id, c.type, c.category, c.source, c.outcome, c.is_open, c.day, c.decided_on, c.round_id, c.due_on, c.closed_on"
)
# Each complaint (or round) once under each of its keys. `blamed`: a decision that it is true is about this key. Joined
# first and grouped then: where the statistics expect one row, the other order compares every complaint with every key.
_ALL = f"SELECT {_COLUMNS}, {{key}} AS key, true AS blamed FROM counted c"  # noqa: S608 (fixed parts only, here and below)
_OF_SUBJECTS = f"""
    SELECT {_COLUMNS}, {{key}} AS key, bool_or(s.responsible IS TRUE) AS blamed
    FROM counted c JOIN compliance_complaintsubject s ON s.complaint_id = c.id {{joined}}
    WHERE {{named}} AND {{wanted}} GROUP BY {_COLUMNS}, {{key}}"""  # noqa: S608
_WANTED = "(%(users)s::bigint[] IS NULL OR s.user_id = ANY(%(users)s)) AND (NOT %(agencies)s OR s.about = 'agency')"
_USER_JOINED = "JOIN core_user u ON u.id = s.user_id"
_OF_COMPLAINT = {
    "house": _ALL.format(key="''"),
    "type": _ALL.format(key="c.type"),
    "category": _ALL.format(key="c.category"),
    "source": _ALL.format(key="c.source"),
    "user": _OF_SUBJECTS.format(key="s.user_id::text", joined="", named="s.user_id IS NOT NULL", wanted=_WANTED),
    "unit": _OF_SUBJECTS.format(key="u.unit", joined=_USER_JOINED, named="u.unit <> ''", wanted=_WANTED),
    "org": _OF_SUBJECTS.format(
        key="CASE WHEN s.about = 'agency' THEN s.org ELSE 'own' END",
        joined="",
        named="s.about IN ('agency', 'collector')",
        wanted=_WANTED,
    ),
}
_OF_HOUSE: tuple[By, ...] = ("house", "type", "category", "source")
"""By these the denominator is everybody's."""
# What a contact is told apart by, the key of that, and what the key has to be looked up in.
_OF_CONTACT: dict[By, tuple[str, str, str]] = {
    "house": ("debtor_id", "''", ""),
    "user": ("actor_id", "p.actor_id::text", ""),
    "unit": ("actor_id", "u.unit", "JOIN core_user u ON u.id = p.actor_id"),
    "org": ("org", "p.org", ""),
}
_IN_PERIOD = """(
    coalesce(c.event_on, c.received_on) BETWEEN %(first)s AND %(last)s
    OR c.decided_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
        AND c.decided_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
)"""
_BY_DAY = "coalesce(c.event_on, c.received_on) BETWEEN %(first)s AND %(last)s"
_DUE = "r.due_on BETWEEN %(first)s AND %(last)s"
# What is counted: complaints, or rounds with their deadlines.
_A_COMPLAINT_EACH = {
    "columns": "NULL::bigint AS round_id, NULL::date AS due_on, NULL::date AS closed_on",
    "rows": "compliance_complaint c",
}
_A_ROUND_EACH = {
    "columns": """r.id AS round_id, r.due_on,
           CASE WHEN r.closed_at <= coalesce(%(known_by)s::timestamptz, 'infinity') THEN r.closed_on END AS closed_on""",
    "rows": "compliance_complaintround r JOIN compliance_complaint c ON c.id = r.complaint_id",
}
# With `known_by`, what was joined after it was not joined yet. `only`: those that can matter, found by an index.
_COUNTED = f"""
counted AS MATERIALIZED (
    SELECT c.id, c.type, c.category, c.source, c.outcome, c.state IN ('received', 'handling', 'decided') AS is_open,
           coalesce(c.event_on, c.received_on) AS day,
           CASE WHEN c.decided_at <= coalesce(%(known_by)s::timestamptz, 'infinity')
                THEN (c.decided_at AT TIME ZONE %(zone)s)::date END AS decided_on, {{columns}}
    FROM {{rows}}
    WHERE {{only}} AND (c.state <> '{ComplaintState.JOINED}' OR EXISTS (
              SELECT FROM compliance_complaintstep p
              WHERE p.complaint_id = c.id AND p.kind = 'joined' AND p.at > %(known_by)s::timestamptz))
      AND c.recorded_at <= coalesce(%(known_by)s::timestamptz, 'infinity')
      AND ((%(users)s::bigint[] IS NULL AND NOT %(agencies)s)
           OR EXISTS (SELECT FROM compliance_complaintsubject s WHERE s.complaint_id = c.id AND {_WANTED}))
)"""  # noqa: S608
# `keyed` has each complaint under the keys of all ways asked for: the complaints themselves are looked up once.
_COMPLAINTS = """
WITH {counted}, keyed AS ({keyed})
SELECT c.way, c.key,
       count(*) FILTER (WHERE c.day BETWEEN %(first)s AND %(last)s),
       count(*) FILTER (WHERE c.day BETWEEN %(first)s AND %(last)s AND c.outcome = 'withdrawn'
                          AND c.decided_on IS NOT NULL),
       count(*) FILTER (WHERE c.day BETWEEN %(first)s AND %(last)s AND c.is_open),
       count(*) FILTER (WHERE c.decided_on BETWEEN %(first)s AND %(last)s AND c.outcome = ANY(%(decided)s)),
       count(*) FILTER (WHERE c.decided_on BETWEEN %(first)s AND %(last)s AND c.outcome = ANY(%(true)s) AND c.blamed)
FROM keyed c
GROUP BY 1, 2
"""
_ROUNDS = """
WITH {counted}, keyed AS ({keyed})
SELECT k.way, k.key, count(*), count(*) FILTER (WHERE k.closed_on <= k.due_on)
FROM keyed k
WHERE k.closed_on IS NOT NULL OR k.due_on < %(today)s
GROUP BY 1, 2
"""
# The condition of the index attempt_reached_idx, word for word: with it the log itself is not read.
_REACHED = """
FROM compliance_contactattempt a
WHERE a.state = 'closed' AND a.direction = 'out' AND NOT a.misdirected
  AND a.result IN ('connected', 'right_party', 'third_party', 'met')
  AND a.started_at >= {first}::timestamp AT TIME ZONE %(zone)s
  AND a.started_at < {end}::timestamp AT TIME ZONE %(zone)s
  AND (%(known_by)s::timestamptz IS NULL OR a.closed_at <= %(known_by)s)
  AND (%(users)s::bigint[] IS NULL OR a.actor_id = ANY(%(users)s)) AND (NOT %(agencies)s OR a.org <> 'own')
"""
REACHED_IN = _REACHED.format(first="%(first)s::date", end="(%(last)s::date + 1)").split("  AND (%(known_by)s", 1)[0]
"""FROM and WHERE of the contacts that reached somebody from %(first)s through %(last)s (%(zone)s), as a `a`: for who keeps
daily sums of them."""
# Read once for all ways; what is counted of it are as many rows as there are customers, not contacts.
_CONTACTED = f"""
WITH pairs AS MATERIALIZED (
    SELECT DISTINCT {{told_apart}} {_REACHED.format(first="%(first)s::date", end="(%(last)s::date + 1)")}
) """
_PEOPLE = "SELECT '{way}', {key}, count(DISTINCT p.debtor_id) FROM pairs p {joined} GROUP BY 2"
# By month, so that each of them is a range of the index and no row is asked which month it is of.
_BY_MONTH = f"""
WITH {{counted}}, months AS (
    SELECT generate_series(%(first)s::date, %(last)s::date, interval '1 month')::date AS month
), said AS (
    SELECT date_trunc('month', c.day)::date AS month, count(*) AS complaints FROM counted c
    WHERE c.day BETWEEN %(first)s AND %(last)s GROUP BY 1
)
SELECT m.month, coalesce(s.complaints, 0), (SELECT count(*) FROM (SELECT DISTINCT a.debtor_id
    {_REACHED.format(first="m.month", end="(m.month + interval '1 month')")}) p)
FROM months m LEFT JOIN said s USING (month) ORDER BY 1
"""  # noqa: S608


def rates(
    first: date,
    last: date,
    by: By = "house",
    users: Collection[int] | None = None,
    *,
    agencies: bool = False,
    today: date | None = None,
    known_by: datetime | None = None,
) -> list[Line]:
    """The rates from `first` through `last`, the highest rate first. Four queries, whatever there is.

    `users` (ids): only what is about these people, and whom they contacted. `agencies`: only what is about agencies, and
    whom those contacted. `today`: what is open and was due before it is late (the day after `last` unless given).
    """
    return rates_by(first, last, (by,), users, agencies=agencies, today=today, known_by=known_by)[by]


def rates_by(
    first: date,
    last: date,
    ways: Sequence[By],
    users: Collection[int] | None = None,
    *,
    agencies: bool = False,
    today: date | None = None,
    known_by: datetime | None = None,
    house: int | None = None,
) -> dict[By, list[Line]]:
    """`rates` in several ways at once. Four queries, however many. `house`: how many customers were contacted, where only
    the house is asked for and somebody has counted them already (reports/facts)."""
    asked = _asked(first, last, users=users, agencies=agencies, today=today, known_by=known_by)
    keyed = _keyed(ways)
    found: dict[By, dict[str, Counts]] = {way: {} for way in ways}
    said = all_rows(
        _COMPLAINTS.format(counted=_COUNTED.format(only=_IN_PERIOD, **_A_COMPLAINT_EACH), keyed=keyed), asked
    )
    for way, key, complaints, withdrawn, still_open, decided, upheld in said:
        found[way][key] = Counts(complaints, withdrawn, still_open, decided, upheld)
    for way, key, due, in_time in all_rows(
        _ROUNDS.format(counted=_COUNTED.format(only=_DUE, **_A_ROUND_EACH), keyed=keyed), asked
    ):
        found[way][key] = replace(found[way].get(key, Counts()), due=due, in_time=in_time)
    contacted = {"house": {"": house}} if house is not None else _contacted(ways, asked)
    least = LEAST_CONTACTED.on(last)
    return {way: lines_of(found[way], contacted[_denominator(way)], by=way, least=least) for way in ways}


def _keyed(ways: Sequence[By]) -> str:
    some = (f"SELECT '{way}' AS way, w.* FROM ({_OF_COMPLAINT[way]}) w" for way in ways)  # noqa: S608
    return " UNION ALL ".join(some)


def _denominator(way: By) -> By:
    return "house" if way in _OF_HOUSE else way


def _contacted(ways: Iterable[By], asked: Mapping[str, Any]) -> dict[By, dict[str, int]]:
    """Contacted customers by key, for what each of the ways divides by. One query."""
    wanted = list(dict.fromkeys(_denominator(way) for way in ways))
    counts = [_PEOPLE.format(way=way, key=_OF_CONTACT[way][1], joined=_OF_CONTACT[way][2]) for way in wanted]
    columns = dict.fromkeys(f"a.{column}" for column in ("debtor_id", *(_OF_CONTACT[way][0] for way in wanted)))
    pairs = _CONTACTED.format(told_apart=", ".join(columns))
    found: dict[By, dict[str, int]] = {way: {} for way in wanted}
    for way, key, people in all_rows(pairs + " UNION ALL ".join(counts), asked):
        if key is not None:
            found[way][key] = people
    return found


def lines_of(found: Mapping[str, Counts], contacted: Mapping[str, int], *, by: By, least: int) -> list[Line]:
    """Decide: each key with whom it contacted; by type, category and source that is everybody's. Nothing to say of a key
    leaves it out, but not of the house."""
    if by == "house":
        return [Line("", replace(found.get("", Counts()), contacted=contacted.get("", 0)), least)]
    of_house = by in _OF_HOUSE
    keys = found.keys() if of_house else found.keys() | contacted.keys()
    lines = [
        Line(key, replace(found.get(key, Counts()), contacted=contacted.get("" if of_house else key, 0)), least)
        for key in keys
        if key and (not of_house or found[key] != Counts())
    ]
    said = [line for line in lines if line.counts != Counts()]
    return sorted(said, key=lambda line: (-(line.rate or 0), -line.counts.complaints, line.key))


def complained(first: date, last: date, users: Collection[int]) -> dict[int, tuple[int, int]]:
    """For many people at once and without the rest: complaints and contacted customers by user id. Two queries."""
    asked = _asked(first, last, users=users, agencies=False, today=None, known_by=None)
    counted = _COUNTED.format(only=_IN_PERIOD, **_A_COMPLAINT_EACH)
    numbers = all_rows(_COMPLAINTS.format(counted=counted, keyed=_keyed(("user",))), asked)
    found = {int(key): complaints for _way, key, complaints, *_rest in numbers}
    people = reached(first, last, users)
    return {user: (found.get(user, 0), people.get(user, 0)) for user in found.keys() | people.keys()}


def reached(first: date, last: date, users: Collection[int]) -> dict[int, int]:
    """Contacted customers by user id. One query."""
    asked = _asked(first, last, users=users, agencies=False, today=None, known_by=None)
    return {int(key): people for key, people in _contacted(("user",), asked)["user"].items()}


def by_month(
    last_month: date, *, months: int = 12, agencies: bool = False, known_by: datetime | None = None
) -> list[tuple[date, Line]]:
    """The rate of each of the `months` up to the one that `last_month` (its first day) begins, oldest first; complaints and
    contacted customers only. Two queries."""
    first = date(last_month.year, last_month.month, 1)
    for _month in range(months - 1):
        first = month_before(first)
    last = month_end(last_month)
    asked = _asked(first, last, users=None, agencies=agencies, today=None, known_by=known_by)
    least = LEAST_CONTACTED.on(last)
    rows = all_rows(_BY_MONTH.format(counted=_COUNTED.format(only=_BY_DAY, **_A_COMPLAINT_EACH)), asked)
    return [
        (month, Line(f"{month:%Y-%m}", Counts(complaints=complaints, contacted=people), least))
        for month, complaints, people in rows
    ]


def _asked(
    first: date,
    last: date,
    *,
    users: Collection[int] | None,
    agencies: bool,
    today: date | None,
    known_by: datetime | None,
) -> dict[str, Any]:
    return {
        "first": first,
        "last": last,
        "zone": settings.TIME_ZONE,
        "users": None if users is None else list(users),
        "agencies": agencies,
        "today": today or last + timedelta(days=1),
        "known_by": known_by,
        "decided": [str(one) for one in DECIDED_OUTCOMES],
        "true": [str(one) for one in FOUND_TRUE],
    }
