"""Rows of contact: calls, what the gate answered, notes and when they were told."""

# ruff: noqa: S608  statements are put together from constants only

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.dashboards.rows.registry import RowSet, Statement, rows_of, version_of
from reports.kpis import Question
from reports.kpis.contact import (
    ANSWERED_CALL,
    CALLS_OUT,
    DIALLED,
    OF_TALKS,
    RIGHT_PARTY,
    TRIES,
    days_in_hand,
)
from reports.kpis.gate import IN_PERIOD, notes, overridden
from reports.kpis.log import acted, contacts, local_day
from reports.kpis.promising import talks

CALL, DECISION, NOTE = _("电话"), _("联系判定"), _("联系")
DAY = _("日期")


def _acted(question: Question, done: str, *, condition: str = "true", **own: Any) -> Statement:
    """Rows of `done` (row_id, case_id, day, actor_id, org) inside what the question asks for."""
    ctes, more = acted(question, done)
    select = f"""SELECT a.row_id, c.loan_id, a.day, 0::numeric AS amount, NULL::smallint AS stage
                 FROM acted a JOIN cases_case c ON c.id = a.case_id WHERE {condition}"""
    return Statement(ctes, select, {**more, **own})


def _contacts(only: str, condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        log = contacts(question, only=only)
        return _acted(question, f"SELECT x.*, x.contact_id AS row_id FROM ({log}) x", condition=condition)

    return build


def _calls(condition: str) -> Callable[[Question], Statement]:
    return _contacts(CALLS_OUT, condition)


def _long_talks(counted: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        log = contacts(question, only=CALLS_OUT, details=True)
        seconds = version_of("effective_talk_rate", question)["seconds"]
        done = f"SELECT x.*, x.contact_id AS row_id FROM ({log}) x"
        return _acted(question, done, condition=OF_TALKS[counted], seconds=seconds)

    return build


def _promising(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        return _acted(question, talks(question), condition=condition, hashed=True)

    return build


def _reached(condition: str) -> Callable[[Question], Statement]:
    """A row a customer: one of the contracts, and the last day on which it was so."""

    def build(question: Question) -> Statement:
        ctes, more = acted(question, contacts(question, only=CALLS_OUT))
        select = f"""SELECT a.debtor_id AS row_id, max(c.loan_id) AS loan_id, max(a.day) AS day, 0::numeric AS amount,
                            NULL::smallint AS stage
                     FROM acted a JOIN cases_case c ON c.id = a.case_id WHERE {condition} GROUP BY a.debtor_id"""
        return Statement(ctes, select, more)

    return build


def _cases_tried(question: Question) -> Statement:
    ctes, more = acted(question, contacts(question, only=TRIES))
    select = """SELECT a.case_id AS row_id, max(c.loan_id) AS loan_id, max(a.day) AS day, 0::numeric AS amount,
                       NULL::smallint AS stage
                FROM acted a JOIN cases_case c ON c.id = a.case_id GROUP BY a.case_id"""
    return Statement(ctes, select, more)


def _in_hand(condition: str) -> Callable[[Question], Statement]:
    """A row a case and day."""

    def build(question: Question) -> Statement:
        ctes, more = days_in_hand(question)
        select = f"""SELECT i.case_id * 100000::bigint + (i.day - DATE '2000-01-01') AS row_id, i.loan_id, i.day,
                            i.total AS amount, i.stage FROM in_hand i WHERE {condition}"""
        return Statement(ctes, select, more)

    return build


def _overridden(question: Question) -> Statement:
    return _acted(question, overridden(question))


def _decisions(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        was_known = "AND g.decided_at <= %(known_by)s" if question.past else ""
        done = f"""SELECT g.id AS row_id, g.case_id, {local_day("g.decided_at")} AS day, g.actor_id, 'own' AS org
                   FROM compliance_gatedecision g
                   WHERE {condition} AND {IN_PERIOD.format(moment="g.decided_at")} {was_known}"""
        return _acted(question, done)

    return build


def _notes(*wanted: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        told = ", ".join(f"'{one}'" for one in wanted)
        done = f"SELECT * FROM ({notes(question)}) n WHERE n.told IN ({told})"
        return _acted(question, done)

    return build


def _counted(label: object, what: object, build: Callable[[Question], Statement]) -> RowSet:
    return RowSet(label, what, build, is_count=True, day=DAY)


_ANSWERED = _counted(_("有人接听"), CALL, _calls(ANSWERED_CALL))
_RIGHT_PARTY = _counted(_("本人接听"), CALL, _calls(RIGHT_PARTY))
_DIALLED = _counted(_("拨出且已登记结果"), CALL, _calls(DIALLED))
for name, above, below in (
    ("connect_rate", _ANSWERED, _DIALLED),
    ("rpc_per_dialled", _RIGHT_PARTY, _DIALLED),
    ("rpc_per_answered", _RIGHT_PARTY, _ANSWERED),
):
    rows_of(name, "numerator", above)
    rows_of(name, "denominator", below)
for part, label, counted in (
    ("numerator", _("有效沟通"), "effective"),
    ("too_short", _("通话过短"), "too_short"),
    ("unknown_length", _("时长不详"), "unknown_length"),
    ("no_code", _("没有结果码或拒绝交谈"), "no_code"),
    ("denominator", _RIGHT_PARTY.label, "rpc"),
):
    rows_of("effective_talk_rate", part, _counted(label, CALL, _long_talks(counted)))
rows_of("promise_rate", "numerator", _counted(_("登记了承诺的本人电话"), CALL, _promising("a.promises > 0")))
rows_of("promise_rate", "denominator", _counted(_RIGHT_PARTY.label, CALL, _promising("true")))
LAST_DAY = _("最近一次的日期")
for part, label, condition in (
    ("numerator", _("本人接听过的客户"), RIGHT_PARTY),
    ("denominator", _("有人接听过的客户"), ANSWERED_CALL),
):
    rows_of("rpc_per_reached", part, RowSet(label, _("客户"), _reached(condition), is_count=True, day=LAST_DAY))
rows_of("penetration", "numerator", _counted(_("电话与外访"), _("联系"), _contacts(TRIES, "true")))
rows_of("penetration", "denominator", RowSet(_("联系过的案件"), _("案件"), _cases_tried, is_count=True, day=LAST_DAY))
for part, label, condition in (
    ("numerator", _("当日联系过"), "i.talked"),
    ("messaged", _("当日只发过消息"), "NOT i.talked"),
    ("denominator", _("全部在手"), "true"),
):
    rows_of(
        "coverage",
        part,
        RowSet(label, _("案件·日"), _in_hand(condition), is_count=True, amount=_("逾期总额"), day=DAY),
    )
_REFUSED = _counted(pgettext_lazy("gate", "被拦截"), DECISION, _decisions("g.verdict = 'block'"))
rows_of("gate_override_rate", "numerator", _counted(_("拦截后仍联系"), NOTE, _overridden))
rows_of("gate_override_rate", "denominator", _REFUSED)
rows_of("gate_refusal_rate", "numerator", _REFUSED)
rows_of("gate_refusal_rate", "denominator", _counted(_("全部判定"), DECISION, _decisions("true")))
for part, label, told in (
    ("numerator", _("两小时内登记"), ("in_time",)),
    ("late", _("超过两小时才登记"), ("late",)),
    ("untold", _("超过两小时仍未登记"), ("untold",)),
    ("denominator", _("全部应登记"), ("in_time", "late", "untold")),
):
    rows_of("notes_in_time", part, _counted(label, NOTE, _notes(*told)))
