"""The complaint ledger: which fields it has and what its rows must obey by themselves.

Pure: what needs the book or the register (whose complaint is it, is it registered already, who are the people named) is
decided in `decide`, after the rows were read. Only a day and what was said are needed; blanks are the rule, not the fault.
"""

from functools import lru_cache

from django.utils.translation import gettext_lazy as _

from cases.imports.judging.judge import FileRule, Judge, Rule
from cases.imports.judging.result import CleanRow, FileFacts
from cases.imports.words.fields import Catalogue, Field, ordered
from compliance.complaints.ledger.words import known_words, outcome_of, says_closed, severity_of, source_of, types_of
from compliance.models import MOST_NARRATIVE, ComplaintSource, ComplaintType

_READ = 10 * MOST_NARRATIVE
"""Texts are read beyond what is registered, so that `check_length` can say how long one is and what to do."""

LEDGER_FIELDS = ordered(
    Field("source_ref", _("来源编号"), "text", max_length=64, help=_("来源给的编号；同一来源的同一编号只登记一次")),
    Field("complaint_source", _("投诉来源"), "text", max_length=64, help=_("没有时按客服热线登记")),
    Field("received_on", _("收到日期"), "date", required=True, help=_("办结期限从这一天起算")),
    Field("event_on", _("发生日期"), "date", lenient=True),
    Field("debtor_name", _("客户姓名"), "name", personal=True, max_length=120, lenient=True),
    Field("id_no", _("证件号码"), "id_no", personal=True, max_length=40, help=_("合同编号找不到客户时用来查找")),
    Field("phone", _("手机号码"), "phone", personal=True, help=_("投诉人的号码；用来查找客户")),
    Field("contract_no", _("合同编号"), "contracts", max_length=64, help=_("一格可有多个，用顿号或换行分开")),
    Field("narrative", _("投诉内容"), "prose", required=True, personal=True, max_length=_READ),
    Field("demand", _("投诉人诉求"), "prose", personal=True, max_length=_READ),
    Field("complaint_type", _("投诉类型"), "text", max_length=200),
    Field("complaint_severity", _("严重程度"), "text", max_length=64),
    Field("accused", _("被投诉人"), "text", personal=True, max_length=500, help=_("一格可有多人")),
    Field("agencies", _("被投诉机构"), "text", max_length=500, help=_("一格可有多家")),
    Field(
        "outcome", _("处理结论"), "prose", max_length=_READ, help=_("属实、部分属实、不属实或撤回；与办结日期一起填写")
    ),
    Field("result", _("处理情况"), "prose", max_length=_READ),
    Field("closed_on", _("办结日期"), "date"),
    Field("progress", _("办理状态"), "text", max_length=64, help=_("仅用于核对")),
    Field("handler", _("经办人"), "text", max_length=64),
    Field("remark", _("备注"), "prose", max_length=_READ),
)

LONG_TEXTS = tuple(one.name for one in LEDGER_FIELDS.values() if one.kind == "prose")
DEFAULT_SOURCE = ComplaintSource.HOTLINE.value
_SOURCES, _TYPES = known_words(ComplaintSource.choices), known_words(ComplaintType.choices)
_TYPE_LABELS = {str(code): str(label) for code, label in ComplaintType.choices}


@lru_cache(maxsize=1_000)  # the same words stand in thousands of rows
def _source_of(text: str) -> str | None:
    return source_of(text, _SOURCES)


@lru_cache(maxsize=1_000)
def _types_of(text: str) -> tuple[str, ...]:
    return tuple(types_of(text, _TYPES))


def check_length(row: CleanRow, judge: Judge) -> None:
    """Nothing is cut. Excel keeps no more than the limit in a cell: text that is exactly so long was probably longer."""
    for name in LONG_TEXTS:
        length = len(row.values[name] or "")
        if length > MOST_NARRATIVE:
            judge.say("complaint_too_long", "error", name, length=length, limit=MOST_NARRATIVE)
        elif length == MOST_NARRATIVE:
            judge.say("complaint_cut", "warning", name, limit=MOST_NARRATIVE)


def check_days(row: CleanRow, judge: Judge) -> None:
    """Nothing is received, or closed, tomorrow. A day of the event that cannot be is left out, as others are by hand."""
    values = row.values
    received_on, event_on, closed_on = values["received_on"], values["event_on"], values["closed_on"]
    today = judge.business_date.isoformat()
    if received_on is not None and received_on > judge.business_date:
        judge.say("complaint_in_future", "error", "received_on", business_date=today)
    if closed_on is not None and closed_on > judge.business_date:
        judge.say("complaint_in_future", "error", "closed_on", business_date=today)
    if received_on is None:
        return
    if closed_on is not None and closed_on < received_on:
        judge.say("complaint_closed_before", "error", "closed_on", received_on=received_on.isoformat())
    if event_on is not None and event_on > received_on:
        judge.say("complaint_event_after", "warning", "event_on", received_on=received_on.isoformat())
        values["event_on"] = None


def read_source(row: CleanRow, judge: Judge) -> None:
    said = row.values["complaint_source"]
    code = _source_of(said) if said else None
    if said and code is None:
        judge.say("complaint_source_unknown", "warning", "complaint_source")
    elif said is None and judge.has("complaint_source"):
        judge.count("complaint_sources_blank", "warning")
    row.values["complaint_source"] = code or DEFAULT_SOURCE
    row.values["source_said"] = said if code is None else None


def read_type(row: CleanRow, judge: Judge) -> None:
    """The first type that is named; what else was named is kept with the complaint."""
    said = row.values["complaint_type"]
    found = _types_of(said) if said else ()
    if said and not found:
        judge.say("complaint_type_unknown", "warning", "complaint_type")
    elif said is None and judge.has("complaint_type"):
        judge.count("complaint_types_blank", "warning")
    elif len(found) > 1:
        judge.say("complaint_types_several", "info", "complaint_type", chosen=_TYPE_LABELS[found[0]])
    row.values["complaint_type"] = found[0] if found else ComplaintType.OTHER.value
    row.values["type_said"] = said if len(found) != 1 else None


def read_severity(row: CleanRow, judge: Judge) -> None:
    said = row.values["complaint_severity"]
    found = severity_of(said) if said else 1
    if found is None:
        judge.say("complaint_severity_unknown", "warning", "complaint_severity")
    row.values["complaint_severity"] = found or 1
    row.values["severity_said"] = said if found is None else None


def read_end(row: CleanRow, judge: Judge) -> None:
    """Closed is what has a conclusion and a day. A day alone would be closed without anybody saying why, and a conclusion
    alone is not closed yet: the person has not been answered, as far as the file tells."""
    values = row.values
    said, closed_on = values["outcome"], values["closed_on"]
    code = outcome_of(said) if said else None
    if closed_on is not None and code is None:
        # Where the conclusion stands in the account of what was done, and the file has no column for it.
        code = outcome_of(values["result"]) if values["result"] and not judge.has("outcome") else None
        if code is None:
            judge.say("complaint_end_unsaid", "error", "outcome" if judge.has("outcome") else "closed_on")
    elif closed_on is None and (state := values["progress"]) and says_closed(state):
        judge.say("complaint_closed_without_day", "error", "progress")
    elif closed_on is None and code is not None:
        judge.say("complaint_not_closed", "warning", "outcome")
    values["outcome"] = code if closed_on is not None else None
    values["outcome_said"] = said


def say_what_is_missing(facts: FileFacts, judge: Judge) -> None:
    """Said once for a file that lacks the column altogether."""
    if not facts.rows:
        return
    if not judge.has("complaint_source"):
        judge.say_of_file("complaint_no_source_column", "warning")
    if not judge.has("complaint_type"):
        judge.say_of_file("complaint_no_type_column", "warning")
    if not judge.has("source_ref"):
        judge.say_of_file("complaint_no_ref_column", "warning")


RULES: tuple[Rule, ...] = (check_length, check_days, read_source, read_type, read_severity, read_end)
FILE_RULES: tuple[FileRule, ...] = (say_what_is_missing,)

LEDGER = Catalogue(
    name="complaints",
    fields=LEDGER_FIELDS,
    key="received_on",
    key_parts=False,
    row_rules=RULES,
    file_rules=FILE_RULES,
)
"""What ``recognise`` and ``clean_sheet`` are given for a complaint ledger. Its key is the day: what people tell may begin
with «合计» and is no sum for that."""
