"""Rows of contact: calls, what the gate answered, notes and when they were told."""

# ruff: noqa: S608  statements are put together from constants only

from collections.abc import Callable

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from reports.dashboards.rows.registry import RowSet, Statement, rows_of
from reports.kpis import Question
from reports.kpis.contact import ANSWERED_CALL, DIALLED, RIGHT_PARTY
from reports.kpis.gate import IN_PERIOD, notes
from reports.kpis.log import acted, contacts, local_day

CALL, DECISION, NOTE = _("电话"), _("联系判定"), _("联系")
DAY = _("日期")


def _acted(question: Question, done: str, *, condition: str = "true") -> Statement:
    """Rows of `done` (row_id, case_id, day, actor_id, org) inside what the question asks for."""
    ctes, more = acted(question, done)
    more.pop("hashed", None)  # of the statement, no parameter
    select = f"""SELECT a.row_id, c.loan_id, a.day, 0::numeric AS amount, NULL::smallint AS stage
                 FROM acted a JOIN cases_case c ON c.id = a.case_id WHERE {condition}"""
    return Statement(ctes, select, more)


def _calls(condition: str) -> Callable[[Question], Statement]:
    def build(question: Question) -> Statement:
        log = contacts(question, only="a.direction = 'out' AND a.channel = 'call'")
        return _acted(question, f"SELECT x.*, x.contact_id AS row_id FROM ({log}) x", condition=condition)

    return build


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
rows_of(
    "gate_refusal_rate",
    "numerator",
    _counted(pgettext_lazy("gate", "被拦截"), DECISION, _decisions("g.verdict = 'block'")),
)
rows_of("gate_refusal_rate", "denominator", _counted(_("全部判定"), DECISION, _decisions("true")))
for part, label, told in (
    ("numerator", _("两小时内登记"), ("in_time",)),
    ("late", _("超过两小时才登记"), ("late",)),
    ("untold", _("超过两小时仍未登记"), ("untold",)),
    ("denominator", _("全部应登记"), ("in_time", "late", "untold")),
):
    rows_of("notes_in_time", part, _counted(label, NOTE, _notes(*told)))
