"""Gather: a month of all agencies, in a fixed number of queries, whatever there is.

In hand: placements of which a day lies in the month; of a recalled one the days until it went. One that is over because the
case was paid or closed counts on to the end of the month: else whoever brings the money in early would be asked for less.
Balances are those that were placed. Money is what `cases.credit.MONEY_OF_DESKS` gives to the agency's desk in the month,
days of grace among it; money without a placement is left out (no settlement is made while there is any). Nothing learned
after `known_by` counts, but for what keeps no such moment: dates of placements and papers, an agency's state.

**Roll**: cases in hand at the end of the month, or over because they were paid or closed in it, from the stage of the last
file before the month (of those placed in it, of the placement) to that of the month's last file of their source. What was in
the one and is in the other no more has not rolled; what is in neither is not followed. M7+ is the last stage and left out.
By case: one that came back as a new case is a new placement (the roll-rate KPI follows the loan).
"""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from cases import known
from cases.credit import MONEY_OF_DESKS, asked
from cases.stage import Stage
from collection_ops.core.clock import month_end
from collection_ops.core.sql import all_rows
from compliance.complaints.rates import Line, rates
from compliance.models import Incident, IncidentType
from compliance.quality.results import Result, by_person, done_between
from vendors.agencies.gather import facts_of as papers_of
from vendors.agencies.standing import Facts as Papers
from vendors.agencies.standing import Matter, standing
from vendors.contracts.reading import promised
from vendors.contracts.targets import Promised
from vendors.contracts.terms import Event
from vendors.models import Agency, CheckKind, DocumentKind
from vendors.scorecard.criteria import Scheme
from vendors.scorecard.facts import AgencyFacts, Cell, MonthFacts
from vendors.scorecard.limits import limits_on
from vendors.scorecard.strata import AGES, BALANCES, MOST_EARLIER, Stratum
from vendors.settlement.events import Conduct, conduct_of
from vendors.settlement.score import score_of, weights_on

Cells = dict[Stratum, Cell]


def facts_of_month(month: date, known_by: datetime, scheme: Scheme) -> MonthFacts:
    """The facts of the month that begins on `month`, of every agency that had a case in hand."""
    last = month_end(month)
    cells, held = _cells(month, last, known_by)
    ids = [agency for agency, found in cells.items() if any(cell.cases for cell in found.values())]
    agencies = list(Agency.objects.filter(pk__in=ids).select_related("desk").order_by("pk"))
    about = _about(agencies, month, last, known_by)
    return MonthFacts(
        month=month,
        days=last.day,
        scheme=scheme,
        agencies=tuple(about.of(agency, cells[agency.pk], held[agency.pk]) for agency in agencies),
        limits=limits_on(month),
    )


# Money -------------------------------------------------------------------------------------------------------------

_CELLS = """
    WITH money AS MATERIALIZED (
        SELECT a.id AS agency_id, c.loan_id, sum(c.amount) AS amount
        FROM ({money}) c JOIN vendors_agency a ON a.desk_id = c.desk_id GROUP BY 1, 2
    ), tried AS (
        SELECT p.*, row_number() OVER (PARTITION BY p.loan_id ORDER BY p.placed_on, p.id) - 1 AS earlier,
               p.recalled_on IS NULL OR p.recalled_on > %(last)s AS is_held,
               p.recalled_on >= %(first)s AND p.recall_reason IN ('paid', 'closed') AS is_over
        FROM vendors_placement p WHERE p.placed_on <= %(last)s
    ), hand AS (
        SELECT t.*, t.is_held OR t.is_over AS is_followed, coalesce(m.amount, 0.00) AS money,
               CASE WHEN t.recalled_on < %(first)s THEN 0
                    ELSE CASE WHEN t.is_held OR t.is_over THEN %(last)s ELSE t.recalled_on END
                         - greatest(t.placed_on, %(first)s) + 1 END AS days
        FROM tried t LEFT JOIN money m ON m.loan_id = t.loan_id AND m.agency_id = t.agency_id
        WHERE t.recalled_on IS NULL OR t.recalled_on >= %(first)s OR m.amount IS NOT NULL
    ), kinds AS MATERIALIZED (
        -- By days in hand, too: so amounts are multiplied by them a few thousand times and not a few million.
        SELECT h.agency_id, h.stage, CASE {ages} ELSE {oldest} END AS age,
               greatest(width_bucket(h.amount, ARRAY[{balances}]::numeric[]) - 1, 0) AS balance, h.product,
               least(h.earlier, {most_earlier}) AS earlier, h.days, count(*) AS cases, sum(h.amount) AS amount,
               sum(h.amount * h.amount) AS squares, sum(h.money) AS money,
               sum(h.money * h.money) FILTER (WHERE h.money <> 0) AS money_squares,
               sum(h.money * h.amount) FILTER (WHERE h.money <> 0) AS crossed, {rolls},
               sum(h.amount) FILTER (WHERE h.is_held) AS held
        FROM hand h {joins} GROUP BY 1, 2, 3, 4, 5, 6, 7
    )
    SELECT agency_id, stage, age, balance, product, earlier, coalesce(sum(cases) FILTER (WHERE days > 0), 0)::bigint,
           sum(amount) FILTER (WHERE days > 0), sum(amount * days), sum(money), sum(money_squares), sum(crossed * days),
           sum(squares * days * days), sum(squares * days), sum(roll_base), sum(rolled), sum(held)
    FROM kinds GROUP BY 1, 2, 3, 4, 5, 6
"""
_JOINS = """
    LEFT JOIN ({opening}) o ON o.case_id = h.case_id AND h.is_followed
    LEFT JOIN ({closing}) c ON c.case_id = h.case_id AND h.is_followed
    CROSS JOIN LATERAL (
        SELECT CASE WHEN h.placed_on < %(first)s THEN o.stage
                    WHEN o.case_id IS NOT NULL OR c.case_id IS NOT NULL THEN h.stage END AS stage) b
"""
_ROLLS = f"""sum(h.amount) FILTER (WHERE b.stage < {Stage.M7}) AS roll_base,
               sum(h.amount) FILTER (WHERE b.stage < {Stage.M7} AND c.stage > b.stage) AS rolled"""
_NO_ROLLS = "0.00 AS roll_base, 0.00 AS rolled"
_WORK_MEM = "64MB"
"""Of one statement that joins whole months: what does not fit is written to disk and read again many times."""
NOUGHT = Decimal("0.00")


def _cells(month: date, last: date, known_by: datetime) -> tuple[dict[int, Cells], dict[int, Decimal]]:
    """Of each agency its strata, and the amount that it held at the end of the month. Three queries."""
    closing = known.files_of(first=month, last=last, source=None, known_by=known_by)
    sent = {one.source_id for one in closing}
    opening = known.files_of(last=month - timedelta(days=1), source=None, known_by=known_by)
    opening = tuple(one for one in opening if one.source_id in sent)
    sql = _CELLS.format(
        money=MONEY_OF_DESKS,
        ages=" ".join(f"WHEN h.placed_on >= %(age_{band})s THEN {band}" for band in range(len(AGES) - 1)),
        oldest=len(AGES) - 1,
        balances=", ".join(map(str, BALANCES)),
        most_earlier=MOST_EARLIER,
        joins=_JOINS.format(opening=known.stages(opening, past=True), closing=known.stages(closing, past=True))
        if closing
        else "",
        rolls=_ROLLS if closing else _NO_ROLLS,
    )
    given = asked(first=month, last=last, known_by=known_by) | _begins(month)
    cells: dict[int, Cells] = defaultdict(dict)
    held: dict[int, Decimal] = defaultdict(lambda: NOUGHT)
    all_rows("SELECT set_config('work_mem', %(memory)s, true)", {"memory": _WORK_MEM})
    for agency, stage, age, balance, product, earlier, cases, *sums, kept in all_rows(sql, given):
        stratum = Stratum(stage, age, balance, product, earlier)
        cells[agency][stratum] = Cell(cases, *(number or NOUGHT for number in sums))
        held[agency] += kept or NOUGHT
    return cells, held


def _begins(month: date) -> dict[str, date]:
    """Of each band of age but the last, the first day of placement that is still in it."""
    return {f"age_{band}": _months_before(month, begin - 1) for band, begin in enumerate(AGES[1:])}


def _months_before(month: date, months: int) -> date:
    whole = month.year * 12 + month.month - 1 - months
    return date(whole // 12, whole % 12 + 1, 1)


# Conduct -----------------------------------------------------------------------------------------------------------

# Contacts of the month by agency: how many there are at all, on how many days such as came by file, how many of the cases in
# hand had a talk with the debtor in person, by their stage at placement.
_TALKS = ",\n           ".join(
    f"""count(DISTINCT p.id) FILTER (WHERE p.stage = {stage} AND a.result IN ('right_party', 'met')
                                        AND NOT a.misdirected)"""
    for stage in Stage
)
_CONTACTS = f"""
    SELECT g.id, count(DISTINCT (a.started_at AT TIME ZONE %(zone)s)::date) FILTER (WHERE f.id IS NOT NULL),
           {_TALKS}
    FROM vendors_agency g
    JOIN cases_desk k ON k.id = g.desk_id
    JOIN compliance_contactattempt a ON a.org = k.code AND a.state = 'closed' AND a.recorded_at <= %(known_by)s
         AND a.started_at >= %(first)s::date::timestamp AT TIME ZONE %(zone)s
         AND a.started_at < (%(last)s::date + 1)::timestamp AT TIME ZONE %(zone)s
    LEFT JOIN compliance_reportedcontact f ON f.attempt_id = a.id AND f.org = a.org
    LEFT JOIN vendors_placement p ON p.case_id = a.case_id AND p.agency_id = g.id AND p.placed_on <= %(last)s
         AND (p.recalled_on IS NULL OR p.recalled_on >= %(first)s)
    WHERE g.id = ANY(%(agencies)s)
    GROUP BY 1
"""  # noqa: S608  names of ours


@dataclass(frozen=True)
class _About:
    """What is known of all agencies beside their money, by id or by the code of their desk."""

    contacts: Mapping[int, tuple[int, Mapping[int, int]]]
    complaints: Mapping[str, Line]
    conduct: Mapping[int, Conduct]
    points: Mapping[Event, int]
    quality: Mapping[str, Result]
    papers: Mapping[int, Papers]
    leaks: Sequence[str]
    promised: Mapping[int, Promised]
    last: date
    least_contacted: int = field(default=1)

    def of(self, agency: Agency, cells: Cells, held: Decimal) -> AgencyFacts:
        code = agency.desk.code
        conduct, line = self.conduct[agency.pk], self.complaints.get(code)
        checks = self.quality.get(code)
        fed, reached = self.contacts.get(agency.pk, (0, None))
        return AgencyFacts(
            agency=agency.pk,
            code=code,
            cells=cells,
            held=held,
            reached=None if reached is None else sum(reached.values()),
            complaints=line.counts.complaints if line else 0,
            contacted=line.counts.contacted if line else 0,
            least_contacted=self.least_contacted,
            breaches=len(conduct.breaches),
            critical=len(conduct.critical),
            breach_points=self.points[Event.BREACH],
            critical_points=self.points[Event.CRITICAL_BREACH],
            quality=(checks.mean, checks.checks) if checks and checks.mean is not None else None,
            late_days=len(conduct.late_days),
            fed_days=fed,
            shortcomings=self._shortcomings(agency),
            compliance_score=score_of(_events(conduct), self.points),
            may_receive=bool(standing(self.papers[agency.pk], self.last)),
            promised=self.promised.get(agency.pk),
            reached_of=reached or {},
        )

    def _shortcomings(self, agency: Agency) -> dict[str, int]:
        """By what is missing, how many."""
        papers = self.papers[agency.pk]
        matters = [one.matter for one in standing(papers, self.last).obstacles]
        check, certificate = papers.checks.get(CheckKind.SECURITY), papers.documents.get(DocumentKind.SECURITY)
        until = certificate.valid_until if certificate is not None else None
        found = {
            "agreement": matters.count(Matter.AGREEMENT),
            "assessment": matters.count(Matter.ASSESSMENT),
            "check": int(check is not None and not check.passed),
            "certificate": int(until is not None and until < self.last),
            "return": int(_not_returned(agency, papers.limits.exit_days, self.last)),
            "leak": sum(_names(said, agency) for said in self.leaks),
        }
        return {name: count for name, count in found.items() if count}


def _about(agencies: Sequence[Agency], month: date, last: date, known_by: datetime) -> _About:
    codes = [agency.desk.code for agency in agencies]
    given = {
        "agencies": [agency.pk for agency in agencies], "first": month, "last": last, "known_by": known_by,
        "zone": settings.TIME_ZONE,
    }  # fmt: skip
    lines = {line.key: line for line in rates(month, last, "org", agencies=True, known_by=known_by)}
    checks = done_between(month, last).filter(org__in=codes, user=None, done_at__lte=known_by)
    return _About(
        contacts={
            agency: (fed, dict(zip(map(int, Stage), talks, strict=True)))
            for agency, fed, *talks in all_rows(_CONTACTS, given)
        },
        complaints=lines,
        conduct=conduct_of(agencies, month, last, known_by),
        points=weights_on(last),
        quality={one.org: one for one in by_person(checks)},
        papers=papers_of(agencies, last),
        leaks=_leaks(month, last, known_by),
        promised=promised([agency.pk for agency in agencies], month, last, known_by),
        last=last,
        least_contacted=max((line.least for line in lines.values()), default=1),
    )


def _events(conduct: Conduct) -> dict[Event, int]:
    """What the compliance score of a settlement is made of."""
    return {
        Event.COMPLAINT: len(conduct.complaints),
        Event.BREACH: len(conduct.breaches),
        Event.CRITICAL_BREACH: len(conduct.critical),
        Event.LATE_FILE: len(conduct.late_days),
    }


def _not_returned(agency: Agency, days: int, last: date) -> bool:
    """Whether it left, and neither gave the data back nor proved them deleted in time (CN-A-07)."""
    begun = agency.exit_begun_on
    if begun is None or begun + timedelta(days=days) >= last:
        return False
    done = (agency.data_returned_on, agency.deletion_confirmed_on)
    return any(day is None or day > last for day in done)


def _leaks(month: date, last: date, known_by: datetime) -> list[str]:
    """Of each leak of personal data that came to be known in the month, the organisations that it names."""
    begin, end = (timezone.make_aware(datetime.combine(day, time.min)) for day in (month, last + timedelta(days=1)))
    found = Incident.objects.filter(
        type=IncidentType.DATA_LEAK, known_at__gte=begin, known_at__lt=end, recorded_at__lte=known_by
    )
    return list(found.order_by("pk").values_list("orgs", flat=True))


def _names(said: str, agency: Agency) -> bool:
    """Whether a line of organisations, typed by hand, names the agency by its code or its name."""
    return agency.name in said or agency.desk.code in re.split(r"[\s,，;；、/]+", said)
