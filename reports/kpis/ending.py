"""Ends: 结案率 by reason, and 盘活率: back to current and still so after the days of observation."""

# ruff: noqa: S608  statements are put together from constants of this package only

from datetime import timedelta
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from cases import known
from cases.models import CloseReason
from reports.kpis.asked import Answer, Question
from reports.kpis.definitions import Definition, InForce, Param, Unit, kpi_of
from reports.kpis.recovery import BOOK_DIMS
from reports.kpis.relations import ENDED_BY_MONEY
from reports.kpis.rows import answer, base, days_of, files_between, grouped, opening_files, parameters, rate, sent_files

OTHERWISE = tuple(str(reason) for reason in CloseReason if reason not in ENDED_BY_MONEY)
_BY_MONEY = ", ".join(f"'{reason}'" for reason in ENDED_BY_MONEY)
_OPENING = _("期初账簿：期间开始前一日各来源最新文件列出的案件")
_BY_BOOK = _("按期初账簿的阶段、产品、地区；席位按期初账簿次日的持有人")

CLOSURE_RATE = Definition(
    name="closure_rate",
    label=_("结案率"),
    unit=Unit.PERCENT,
    event=_("期间内因还款结案的案件：已结清(paid)与还款后回到正常(cured)；其他结案原因逐一另列，不计入分子"),
    population=_OPENING,
    grain=_("件数；金额按期初逾期总额另列"),
    as_of=_("结案日期"),
    window=_("期间首日至末日"),
    exclusions=_(
        "撤回、协商了结、核销、身故、错误入账、其他原因结案的，仍留在分母，合计金额见excluded；缺席待解释不是结案"
    ),
    attribution=_BY_BOOK,
    dims=BOOK_DIMS,
    higher_is_better=True,
    counter="reactivation_rate",
)


@kpi_of(CLOSURE_RATE)
def closure_rate(question: Question, version: InForce) -> Answer:
    """Cases of the opening book that were closed by payment in the period ÷ cases of the opening book.

    Parts: every reason in cases, `excluded` (yuan at the opening of what was closed otherwise), `still_open`, and
    `came_back`: closed by payment and in the book again as another case by the end of the period.
    """
    reasons = [str(reason) for reason in CloseReason]
    found = grouped(
        question,
        ctes={
            "base": base(question),
            "ended": f"""SELECT DISTINCT ON (e.case_id) e.case_id, e.closed_on, e.close_reason
                FROM ({known.endings("as_of", past=question.past)}) e WHERE e.closed_on >= %(first)s
                ORDER BY e.case_id, e.closed_on DESC""",
            "again": f"SELECT s.loan_id, max(s.opened_on) AS opened_on FROM ({_entering(question)}) s GROUP BY 1",
        },
        select={
            "by_payment": f"count(*) FILTER (WHERE e.close_reason IN ({_BY_MONEY}))",
            "cases": "count(*)",
            **{reason: f"count(*) FILTER (WHERE e.close_reason = '{reason}')" for reason in reasons},
            "still_open": "count(*) FILTER (WHERE e.case_id IS NULL)",
            "came_back": f"count(*) FILTER (WHERE e.close_reason IN ({_BY_MONEY}) AND a.opened_on >= e.closed_on)",
            "excluded": f"sum(b.total) FILTER (WHERE e.close_reason NOT IN ({_BY_MONEY}))",
            "owed": "sum(b.total)",
            "owed_by_payment": f"sum(b.total) FILTER (WHERE e.close_reason IN ({_BY_MONEY}))",
        },
        source="""base b LEFT JOIN ended e ON e.case_id = b.case_id LEFT JOIN again a ON a.loan_id = b.loan_id""",
        relation="b",
        hashed=True,
    )
    shown = ("by_payment", "cases", *reasons, "still_open", "came_back", "excluded", "owed", "owed_by_payment")
    return answer(version, question, found, rate(*shown), files=days_of(opening_files(question)))


def _entering(question: Question) -> str:
    return known.positions(sent_files(question), past=question.past, entering=True)


REACTIVATION_RATE = Definition(
    name="reactivation_rate",
    label=_("盘活率"),
    unit=Unit.PERCENT,
    event=_("期间内回到正常(还款后回到正常而结案，或文件列为未逾期)、且此后%(redefault_days)s日内没有再次逾期的案件"),
    population=_OPENING,
    grain=_("件数；金额按期初逾期总额另列"),
    as_of=_("回到正常的日期；观察用已知的全部文件"),
    window=_("期间首日至末日回到正常；其后观察%(redefault_days)s日，观察延至期末之后"),
    exclusions=_(
        "一次结清的不是盘活，见paid；仍在观察的见pending，再次逾期的见fell_back，观察期内缺席或因其他原因结案的见unexplained；缺席不等于回到正常"
    ),
    attribution=_BY_BOOK,
    dims=BOOK_DIMS,
    higher_is_better=True,
    counter="roll_forward_rate",
    params={"redefault_days": Param(_("盘活观察天数"), 30, 1, 180, _("天"))},
)


def watched(question: Question, version: InForce) -> tuple[dict[str, str], dict[str, Any]]:
    """CTEs up to `watched`: the opening book with what each debt `came` to (cured, pending, fell_back, unexplained; paid:
    ended in one payment; NULL: still overdue or ended otherwise) and the day it was back. And what `grouped` is told."""
    days = version["redefault_days"]
    more: dict[str, Any] = {"days": days, "watched": question.as_of + timedelta(days=days), "hashed": True}
    more["loans"] = _candidates(question)
    files = files_between(question, question.first, question.as_of + timedelta(days=days))
    ctes = {
        "base": base(question),
        "sent": known.as_relation(files),
        # The list of debts reaches into the statement of positions, which is not read whole for a few of them.
        "said": f"""SELECT s.* FROM ({known.positions(files, past=question.past)}) s
            WHERE s.loan_id = ANY(%(loans)s)""",
        "seen": "SELECT source_id, max(as_of) AS until FROM sent GROUP BY 1",
        "ended": f"""SELECT DISTINCT ON (e.case_id) e.* FROM ({known.endings("watched", past=question.past)}) e
            WHERE e.closed_on >= %(first)s ORDER BY e.case_id, e.closed_on DESC""",
        "listed": """SELECT s.loan_id, min(s.as_of) AS back_on FROM said s
            WHERE s.stage = 0 AND s.as_of <= %(as_of)s GROUP BY 1""",
        "back": """SELECT b.loan_id, b.case_id, b.source_id, least(e.closed_on, s.back_on) AS back_on
            FROM base b
            LEFT JOIN ended e ON e.case_id = b.case_id AND e.close_reason = 'cured' AND e.closed_on <= %(as_of)s
            LEFT JOIN listed s ON s.loan_id = b.loan_id
            WHERE b.stage > 0 AND (e.case_id IS NOT NULL OR s.loan_id IS NOT NULL)""",
        "later": """SELECT k.loan_id, bool_or(s.stage > 0 AND s.as_of > k.back_on) AS overdue_again,
                max(s.as_of) AS listed_on
            FROM back k JOIN said s ON s.loan_id = k.loan_id AND s.as_of <= k.back_on + %(days)s GROUP BY 1""",
        "files": """SELECT k.loan_id, max(t.as_of) AS last_file
            FROM back k JOIN (SELECT DISTINCT source_id, as_of FROM sent) t
              ON t.source_id = k.source_id AND t.as_of <= k.back_on + %(days)s GROUP BY 1""",
        "watch": """SELECT k.loan_id, k.case_id, k.back_on, k.back_on + %(days)s AS until, n.until AS seen_until,
                a.overdue_again, a.listed_on, f.last_file
            FROM back k
            LEFT JOIN seen n ON n.source_id = k.source_id
            LEFT JOIN later a ON a.loan_id = k.loan_id
            LEFT JOIN files f ON f.loan_id = k.loan_id""",
        "judged": f"""SELECT w.loan_id, w.back_on, CASE
                WHEN w.overdue_again THEN 'fell_back'
                WHEN w.seen_until IS NULL OR w.seen_until < w.until THEN 'pending'
                WHEN e.close_reason IN ({_BY_MONEY}) AND e.closed_on <= w.until THEN 'cured'
                WHEN e.closed_on <= w.until OR w.listed_on < w.last_file THEN 'unexplained'
                ELSE 'cured' END AS came
            FROM watch w LEFT JOIN ended e ON e.case_id = w.case_id""",
        "watched": """SELECT b.*, coalesce(j.back_on, e.closed_on) AS back_on, CASE
                WHEN j.came IS NOT NULL THEN j.came
                WHEN e.close_reason = 'paid' AND e.closed_on <= %(as_of)s THEN 'paid' END AS came
            FROM base b LEFT JOIN judged j ON j.loan_id = b.loan_id LEFT JOIN ended e ON e.case_id = b.case_id""",
    }
    return ctes, more


@kpi_of(REACTIVATION_RATE)
def reactivation_rate(question: Question, version: InForce) -> Answer:
    """Cases of the opening book that came back to current in the period and stayed so ÷ cases of the opening book.

    `pending` are back, but no file of their source is known yet that is old enough to tell; `fell_back` were overdue again
    within the window; `unexplained` were listed as current and then neither listed nor closed by money.
    """
    ctes, more = watched(question, version)
    select = {
        "reactivated": "count(*) FILTER (WHERE w.came = 'cured')",
        "cases": "count(*)",
        **{
            part: f"count(*) FILTER (WHERE w.came = '{part}')"
            for part in ("pending", "fell_back", "unexplained", "paid")
        },
        "owed_reactivated": "sum(w.total) FILTER (WHERE w.came = 'cured')",
        "owed": "sum(w.total)",
    }
    found = grouped(question, ctes=ctes, select=select, source="watched w", relation="w", **more)
    return answer(version, question, found, rate(*select), files=days_of(opening_files(question)))


def _candidates(question: Question) -> list[int]:
    """Contracts that may have come back to current in the period, whatever a later file says of that. One query."""
    past = ""
    if question.past:
        past = """UNION SELECT p.loan FROM cases_pastposition p
                  WHERE p.as_of BETWEEN %(first)s AND %(as_of)s AND p.stage = 0"""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""SELECT e.loan_id FROM ({known.endings("as_of", past=question.past)}) e
                WHERE e.closed_on >= %(first)s AND e.close_reason = 'cured'
                UNION
                SELECT c.loan_id FROM cases_position p JOIN cases_case c ON c.id = p.case_id
                WHERE p.as_of BETWEEN %(first)s AND %(as_of)s AND p.stage = 0 {past}""",
            parameters(question),
        )
        rows: list[Any] = cursor.fetchall()
    return sorted(loan for (loan,) in rows)
