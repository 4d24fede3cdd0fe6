"""Gather: the contact log as it was known, by case and day, and the book of each day.

A contact is known from the gate's answer on, or, if it was only told afterwards, from then; what came of it is known from
`closed_at` on, so that what was open then is open in the past report. That a number was nobody's of the debtor
(`misdirected`) carries no moment on its row: it counts for past reports, too.

The log is the largest table: it is read once and added up by case, day and person before anything is joined to it.
"""

# ruff: noqa: S608  statements are put together from constants of this package only

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from cases import known
from collection_ops.core.services.calendar import business_days
from reports.kpis.asked import Dim, Question
from reports.kpis.reading import once
from reports.kpis.rows import COLUMNS, ON_DESKS, conditions, cut_of, files_between

TALKS = ("call", "visit")
"""Channels by which a person is spoken to. A batch of messages would make any rate of contacts."""
ANSWERED = ("connected", "right_party", "third_party")
"""Results of a call that a person answered, whoever; voicemail and the network's voice are no person."""

FROM_BOOK = frozenset({Dim.STAGE, Dim.PRODUCT, Dim.REGION})


def quoted(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)


def midnight(day: str) -> str:
    """The moment at which a day (a parameter or a column) begins."""
    return f"{day}::date::timestamp AT TIME ZONE %(zone)s"


def local_day(moment: str) -> str:
    return f"({moment} AT TIME ZONE %(zone)s)::date"


def known_contact(*, past: bool) -> tuple[str, str]:
    """Conditions on a contact `a`: that it counts and was known, and that it was told about."""
    told, counts = "a.state = 'closed'", "NOT a.misdirected AND a.state <> 'cancelled'"
    if past:
        told = "(a.state = 'closed' AND a.closed_at <= %(known_by)s)"
        counts = """NOT a.misdirected AND NOT (a.state = 'cancelled' AND a.closed_at <= %(known_by)s)
            AND CASE WHEN a.gate_id IS NULL THEN coalesce(a.closed_at, a.opened_at) ELSE a.opened_at END <= %(known_by)s"""
    return counts, told


def contacts(question: Question, *, only: str = "", details: bool = False) -> str:
    """One row a contact of the period: contact_id, case_id, debtor_id, actor_id, org, channel, result (empty: open), day,
    and with `details` seconds, code, reached. `only`: a further condition on `a`."""
    counts, told = known_contact(past=question.past)
    began = f"CASE WHEN {told} THEN a.started_at ELSE a.opened_at END"
    columns, joins = "", ""
    if details:
        columns = """, extract(epoch FROM a.ended_at - coalesce(x.connected_at, a.started_at)) AS seconds,
                     k.code, k.reached"""
        joins = """LEFT JOIN compliance_contactdetail x ON x.attempt_id = a.id
                   LEFT JOIN compliance_resultcode k ON k.id = x.result_code_id"""
    # The gate's answer holds for minutes: by it the days around the period are found, by an index.
    near = f"""a.opened_at >= {midnight("%(first)s")} - interval '2 days'
                 AND a.opened_at < {midnight("(%(as_of)s::date + 1)")} + interval '2 days'"""
    return f"""SELECT a.id AS contact_id, a.case_id, a.debtor_id, a.actor_id, a.org, a.channel,
                      CASE WHEN {told} THEN a.result ELSE '' END AS result, {local_day(began)} AS day {columns}
               FROM compliance_contactattempt a {joins}
               WHERE {counts} AND {near} AND {began} >= {midnight("%(first)s")}
                 AND {began} < {midnight("(%(as_of)s::date + 1)")}
                 {only and f"AND {only}"}"""


def by_case_and_day(log: str, counted: Mapping[str, str]) -> str:
    """What each person did about each case on each day; `counted`: names with the conditions on a row `a` of the log."""
    counts = ", ".join(f"(count(*) FILTER (WHERE {condition}))::int AS {name}" for name, condition in counted.items())
    return f"""SELECT a.case_id, a.day, a.actor_id, a.org, max(a.debtor_id) AS debtor_id, {counts}
               FROM ({log}) a GROUP BY a.case_id, a.day, a.actor_id, a.org"""


def days_of_book(question: Question, *, before: bool) -> tuple[dict[str, str], dict[str, Any]]:
    """CTEs `said` and `book`: the book of each day of the period, one row a debt and day, as the newest files of or before
    that day have it; and what `grouped` is told besides. `before`: of each business day, as it stood when the day began."""
    days = [question.first + timedelta(days=n) for n in range((question.as_of - question.first).days + 1)]
    if before:
        days = business_days(question.first, question.as_of)
    stale = timedelta(days=known.STALE_DAYS)
    files = files_between(question, question.first - stale, question.as_of)
    sent: dict[int, list[date]] = defaultdict(list)
    for one in files:
        sent[one.source_id].append(one.as_of)
    chosen: list[tuple[date, int, date]] = []
    for day in days:
        last = day - timedelta(days=1) if before else day
        for source, dates in sent.items():
            newest = max((one for one in dates if day - stale <= one <= last), default=None)
            if newest is not None:
                chosen.append((day, source, newest))
    wanted = {(source, newest) for _day, source, newest in chosen}
    ctes = {
        "said": known.positions([one for one in files if (one.source_id, one.as_of) in wanted], past=question.past),
        "book": """SELECT n.day, s.* FROM said s
                   JOIN unnest(%(book_days)s::date[], %(book_sources)s::bigint[], %(book_files)s::date[])
                       AS n (day, source_id, as_of) USING (source_id, as_of)""",
    }
    names = ("book_days", "book_sources", "book_files")
    return ctes, {
        "hashed": True,
        **{name: [one[n] for one in chosen] for n, name in enumerate(names)},
    }


HANDS = """SELECT u.case_id, u.desk_id, coalesce(lag(u.ended_at) OVER w, '-infinity') AS since,
                  coalesce(u.ended_at, 'infinity') AS until
           FROM cases_custody u WINDOW w AS (PARTITION BY u.case_id ORDER BY u.started_at)"""
"""Whose case it was at which moment, by the rule of rows.HOLDER (of a case that nobody had yet, the first who got it), as
periods that a day can be joined to."""

# An agency's contacts are the agency's, whoever of it made them; everybody else's belong to their own desk.
_ACTORS = """
    LEFT JOIN cases_desk m ON m.owner_id = g.actor_id AND m.kind = 'collector' AND g.org = 'own'
    LEFT JOIN cases_desk y ON y.code = g.org AND y.kind = 'agency' AND g.org <> 'own'
    LEFT JOIN core_user w ON w.id = g.actor_id AND g.org = 'own'"""
_ACTOR_COLUMNS = """coalesce(m.id, y.id, 0) AS desk_id, coalesce(m.code, y.code, '') AS desk,
    coalesce(nullif(m.unit, ''), w.unit, y.unit, '') AS team, CASE WHEN g.org <> 'own' THEN g.org ELSE '' END AS agency"""


def acted(question: Question, done: str) -> tuple[dict[str, str], dict[str, Any]]:
    """CTEs up to `acted`: the rows of `done` (case_id, day, actor_id, org, …) with stage, product and region of the case on
    that day, and desk, team or agency of whoever did it; limited to what the question asks for. And what `grouped` is told
    besides."""
    ctes: dict[str, str] = {"done": done}
    more: dict[str, Any] = {}
    columns = ["g.*", "l.source_id"]
    joins = "JOIN cases_case c ON c.id = g.case_id JOIN cases_loan l ON l.id = c.loan_id"
    if question.wanted & FROM_BOOK:
        book, more = days_of_book(question, before=False)
        ctes |= book
        was_known = "AND p.recorded_at <= %(known_by)s" if question.past else ""
        # What the day's file does not list has the stage in which it was listed last, or, before any, first. Asked within,
        # so that of what it lists nothing is looked up.
        joins += f""" LEFT JOIN book b ON b.case_id = g.case_id AND b.day = g.day
            LEFT JOIN LATERAL (
                SELECT p.stage FROM cases_position p
                WHERE b.case_id IS NULL AND p.case_id = g.case_id {was_known}
                ORDER BY (p.as_of <= g.day) DESC, abs(p.as_of - g.day), p.run_id DESC LIMIT 1
            ) z ON true"""
        columns += [
            "coalesce(b.stage, z.stage, 0) AS stage",
            *(
                f"coalesce(b.{one}, {known.name_of(one, loan='l.id', now='l', past=question.past)}) AS {one}"
                for one in ("product", "region")
            ),
        ]
    if question.wanted & ON_DESKS:
        joins += _ACTORS
        columns.append(_ACTOR_COLUMNS)
    ctes["acted"] = f"""SELECT * FROM (
            SELECT {", ".join(columns)} FROM done g {joins}
            WHERE %(source)s::bigint IS NULL OR l.source_id = %(source)s
        ) x WHERE {conditions(question, "x")}"""
    return ctes, more


def kept_log(
    question: Question, done: Callable[[Question], str], measures: Sequence[str]
) -> tuple[dict[str, str], dict[str, Any]]:
    """`acted` from the daily facts, with the same measures; days that something changes still (a mark, an open contact)
    from the rows, of which there are a day or two."""
    loose = loose_days(question.first, question.as_of)
    columns = [COLUMNS[dim].format(r="f").removeprefix("f.") for dim in Dim if dim in question.wanted]
    named = ", ".join([*columns, *measures]) or "1"
    joins, actors = "", ""
    if question.wanted & ON_DESKS:
        joins, actors = _ACTORS.replace("g.actor_id", "g.actor"), f", {_ACTOR_COLUMNS}"
        named = ", ".join(dict.fromkeys([*named.split(", "), "desk_id"]))
    facts = f"""SELECT {named} FROM (
            SELECT g.source AS source_id, g.stage, g.product, g.region, {", ".join(f"g.{one}" for one in measures)} {actors}
            FROM reports_contactfact g {joins}
            WHERE g.cut = {cut_of(question)} AND g.day BETWEEN %(first)s AND %(as_of)s AND g.day <> ALL(%(loose)s::date[])
              AND (%(source)s::bigint IS NULL OR g.source = %(source)s)
        ) x WHERE {conditions(question, "x")}"""
    if not loose:
        return {"acted": facts}, {"loose": []}
    some = f"SELECT * FROM ({done(question)}) d WHERE d.day = ANY(%(loose)s::date[])"
    ctes, more = acted(question, some)
    rows = ctes.pop("acted")
    return {**ctes, "acted": f"{facts} UNION ALL SELECT {named} FROM ({rows}) x"}, {**more, "loose": loose}


def loose_days(first: date, last: date) -> list[date]:
    """Days whose contact facts are not made yet, or will change by the clock alone: somebody has still to tell. Two queries,
    or none where another figure of the same reading has asked."""
    return sorted(day for day in once(("loose",), _loose_days) if first <= day <= last)


def _loose_days() -> set[date]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT DISTINCT day FROM reports_dirtyday WHERE what = 'contact' AND day IS NOT NULL
                UNION SELECT DISTINCT {local_day("opened_at")} FROM compliance_contactattempt WHERE state = 'open'""",
            {"zone": settings.TIME_ZONE},
        )
        return {day for (day,) in cursor.fetchall()}
