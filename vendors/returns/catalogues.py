"""What each kind of returned file may tell, and what its rows must obey by themselves. What needs the book is decided in
`decide`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.imports.judging.judge import Judge
from cases.imports.judging.result import CleanRow
from cases.imports.layout.synonyms import SynonymTable
from cases.imports.layout.synonyms_layered import layered
from cases.imports.words.fields import Catalogue, Field, ordered
from compliance.complaints.ledger.words import known_words, types_of
from compliance.models import MOST_NARRATIVE, ComplaintType
from vendors.models.returned import ReturnedKind
from vendors.returns.words import channel_of, direction_of, moment_of, pay_channel_of, place_of, result_of, seconds_of

HEADINGS = Path(__file__).with_name("headings")
_CONTRACT = Field("contract_no", _("合同编号"), "contract", required=True, max_length=64)
_REFERENCE = Field(
    "reference", _("参考号"), "text", max_length=64, help=_("机构自己的编号，一条一个，重复回传时据此识别")
)


def _of_contact(row: CleanRow, judge: Judge) -> None:
    values = row.values
    zone: Any = timezone.get_default_timezone()
    said, day = values["started_at"], values["happened_on"]
    moment = moment_of(said, day, zone) if said else None
    if said and moment is None:
        judge.say("returned_moment", "error", "started_at")
    elif not said:
        judge.say("returned_no_moment", "error", "started_at")
    ended = moment_of(values["ended_at"], moment.date() if moment else None, zone) if values["ended_at"] else None
    if values["ended_at"] and ended is None:
        judge.say("returned_moment", "error", "ended_at")
    elif ended is not None and moment is not None and ended < moment:
        judge.say("returned_ends_before", "error", "ended_at")
    lasted = seconds_of(values["seconds"]) if values["seconds"] else None
    if values["seconds"] and lasted is None:
        judge.say("returned_seconds", "warning", "seconds")
    values["started_at"], values["ended_at"], values["seconds"] = moment, ended, lasted
    _words_of_contact(values, judge)


def _words_of_contact(values: dict[str, Any], judge: Judge) -> None:
    for name, read, usual in (("channel", channel_of, "call"), ("result", result_of, None)):
        said = values[name]
        values[name] = (read(said) if said else usual) or None
        if said and values[name] is None:
            judge.say(f"returned_{name}", "error", name)
    said = values["direction"]
    values["direction"] = (direction_of(said) if said else None) or "out"
    if said and direction_of(said) is None:
        judge.say("returned_direction", "warning", "direction")


def _positive(row: CleanRow, judge: Judge) -> None:
    amount = row.values["amount"]
    if amount is not None and amount <= 0:
        judge.say("returned_not_positive", "error", "amount")


def _of_promise(row: CleanRow, judge: Judge) -> None:
    said = row.values["pay_channel"]
    row.values["pay_channel"] = pay_channel_of(said) if said else None


def _of_payment(row: CleanRow, judge: Judge) -> None:
    said = row.values["place"]
    row.values["place"] = place_of(said) if said else None
    if said and row.values["place"] is None:
        judge.say("returned_place", "error", "place")


_TYPES = known_words(ComplaintType.choices)


@lru_cache(maxsize=1_000)
def _type_of(text: str) -> str:
    return next(iter(types_of(text, _TYPES)), str(ComplaintType.OTHER))


def _of_complaint(row: CleanRow, judge: Judge) -> None:
    values = row.values
    for name in ("narrative", "demand"):
        if len(values[name] or "") > MOST_NARRATIVE:
            judge.say("returned_too_long", "error", name, limit=MOST_NARRATIVE)
    if values["event_on"] and values["received_on"] and values["event_on"] > values["received_on"]:
        judge.say("returned_event_after", "warning", "event_on")
        values["event_on"] = None
    said, found = values["complaint_type"], _type_of(values["complaint_type"] or "")
    # A word that is none of ours is kept with what was told.
    values["complaint_type"], values["type_said"] = found, said if found == ComplaintType.OTHER else None


def _of_recording(row: CleanRow, judge: Judge) -> None:
    digest = (row.values["recording_hash"] or "").lower()
    if digest and (len(digest) != 64 or not set(digest) <= set("0123456789abcdef")):
        judge.say("returned_hash", "error", "recording_hash")
    row.values["recording_hash"] = digest


def _catalogue(
    name: str,
    fields: Mapping[str, Field],
    *rules: Callable[..., None],
    key: str = "contract_no",
    one_of: tuple[tuple[str, ...], ...] = (),
) -> Catalogue:
    return Catalogue(name=f"returned_{name}", fields=fields, key=key, row_rules=rules, one_of=one_of)


_CONTACTS = ordered(
    _CONTRACT, _REFERENCE,
    Field("started_at", _("联系时间"), "text", max_length=40, help=_("日期加时间，例如 2026-03-02 09:30")),
    Field("happened_on", _("联系日期"), "date", help=_("日期与时间分两列时使用")),
    Field("ended_at", _("结束时间"), "text", max_length=40),
    Field("seconds", _("通话时长"), "text", max_length=20, help=_("秒；没有结束时间时用来推算")),
    Field("channel", _("联系渠道"), "text", max_length=32, help=_("没有时按电话")),
    Field("result", _("联系结果"), "text", required=True, max_length=64),
    Field("direction", _("呼叫方向"), "text", max_length=16),
    Field("phone", _("联系号码"), "phone", personal=True, lenient=True),
    Field("note", _("催记内容"), "prose", personal=True, max_length=20_000),
)  # fmt: skip
_PROMISES = ordered(
    _CONTRACT, _REFERENCE,
    Field("amount", _("承诺金额"), "money", required=True),
    Field("due_on", _("承诺还款日"), "date", required=True),
    Field("pay_channel", _("还款方式"), "text", max_length=32),
)  # fmt: skip
_PAYMENTS = ordered(
    _CONTRACT, _REFERENCE,
    Field("paid_on", _("还款日期"), "date", required=True),
    Field("amount", _("还款金额"), "money", required=True),
    Field("place", _("收款方"), "text", required=True, max_length=32, help=_("本公司、机构 或 出借人账户")),
)  # fmt: skip
_COMPLAINTS = ordered(
    _CONTRACT, _REFERENCE,
    Field("received_on", _("收到日期"), "date", required=True),
    Field("event_on", _("发生日期"), "date", lenient=True),
    Field("complaint_type", _("投诉类型"), "text", max_length=64),
    Field("narrative", _("投诉内容"), "prose", required=True, personal=True, max_length=10 * MOST_NARRATIVE),
    Field("demand", _("投诉人诉求"), "prose", personal=True, max_length=10 * MOST_NARRATIVE),
)  # fmt: skip
_RECORDINGS = ordered(
    Field("contract_no", _("合同编号"), "contract", max_length=64),
    Field("reference", _("参考号"), "text", required=True, max_length=64, help=_("催记的参考号")),
    Field("recording", _("录音编号"), "text", required=True, max_length=128),
    Field("recording_hash", _("录音校验值"), "text", max_length=64),
)  # fmt: skip


@dataclass(frozen=True)
class Returned:
    """One kind of file. `day`: the field of the day on which a row's fact lies; `kept`: the fields that are written."""

    catalogue: Catalogue
    day: str
    kept: tuple[str, ...]

    def synonyms(self) -> SynonymTable:
        path = HEADINGS / f"{self.catalogue.name.removeprefix('returned_')}.json"
        return layered(path, catalogue=self.catalogue, extra=())


KINDS: Mapping[str, Returned] = {
    str(ReturnedKind.CONTACTS): Returned(
        _catalogue("contacts", _CONTACTS, _of_contact, one_of=(("started_at",),)), "started_at",
        ("started_at", "ended_at", "seconds", "channel", "result", "direction", "phone", "note"),
    ),
    str(ReturnedKind.PROMISES): Returned(
        _catalogue("promises", _PROMISES, _positive, _of_promise), "due_on", ("amount", "due_on", "pay_channel")
    ),
    str(ReturnedKind.PAYMENTS): Returned(
        _catalogue("payments", _PAYMENTS, _positive, _of_payment), "paid_on", ("amount", "paid_on", "place")
    ),
    str(ReturnedKind.COMPLAINTS): Returned(
        _catalogue("complaints", _COMPLAINTS, _of_complaint), "received_on",
        ("received_on", "event_on", "complaint_type", "type_said", "narrative", "demand"),
    ),
    str(ReturnedKind.RECORDINGS): Returned(
        _catalogue("recordings", _RECORDINGS, _of_recording, key="reference"), "", ("recording", "recording_hash")
    ),
}  # fmt: skip
