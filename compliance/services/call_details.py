"""What was learned in a contact: checked and written with its result, in the transaction of `log.close_attempt`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from compliance.models import ActionCode, ContactAttempt, ContactDetail, Reached, ResultCode
from compliance.models.detail import ArrearsReason, EconomicSituation, Temper, Willingness
from compliance.rules.facts import MISSED

CALLBACK_WITHIN = timedelta(days=60)
SHA256 = re.compile(r"[0-9a-f]{64}")


class LogRefused(Exception):
    """The entry cannot be right as it stands; the sentence says what to do, `field` where. Nothing was changed."""

    def __init__(self, message: str, *, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class CallDetails:
    """What somebody tells of a contact besides its result. Empty: not asked, or not said.

    `result_code` brings the result with it. `callback_at`: when to call again, as agreed. `said_…`, `recording_notice`: what
    was said at the opening. `recording_ref` and `recording_hash` (SHA-256, 64 hexadecimal digits) are only given where the
    telephone line does not bring them.
    """

    result_code: ResultCode | None = None
    action: ActionCode | None = None
    willingness: str = ""
    arrears_reason: str = ""
    economic_situation: str = ""
    temper: str = ""
    dispute: bool = False
    complaint_wish: bool = False
    self_harm: bool = False
    callback_at: datetime | None = None
    said_org: bool = False
    said_own_org: bool = False
    said_staff_no: bool = False
    recording_notice: bool = False
    recording_ref: str = ""
    recording_hash: str = ""


WORDS = {
    "willingness": Willingness,
    "arrears_reason": ArrearsReason,
    "economic_situation": EconomicSituation,
    "temper": Temper,
}
OPENING = ("said_org", "said_own_org", "said_staff_no", "recording_notice")
PLAIN = (*WORDS, "dispute", "complaint_wish", "self_harm", "callback_at", *OPENING)


def check_details(details: CallDetails, *, attempt: ContactAttempt, now: datetime) -> None:
    """Raises LogRefused for what cannot be."""
    code = details.result_code
    if code is not None and (not code.is_active or code.channel != attempt.channel):
        raise LogRefused(_("结果码“%(code)s”已停用或不属于这个渠道，请另选") % {"code": code.label}, field="code")
    is_third = attempt.is_with_third
    if code is not None and is_third and code.reached == Reached.DEBTOR:
        raise LogRefused(
            _("这是联系人的号码，不能记录“%(code)s”；客户本人接听的，请另选") % {"code": code.label}, field="code"
        )
    action = details.action
    if action is not None and (not action.is_active or action.channel != attempt.channel):
        raise LogRefused(_("行动码“%(code)s”已停用或不属于这个渠道，请另选") % {"code": action.label}, field="action")
    for name, words in WORDS.items():
        if (given := getattr(details, name)) and given not in words.values:
            raise LogRefused(_("选项“%(value)s”不存在，请重新选择") % {"value": given}, field=name)
    if details.callback_at is not None and not now < details.callback_at <= now + CALLBACK_WITHIN:
        raise LogRefused(_("回拨时间须在现在之后、60 天之内"), field="callback_at")
    check_recording(details.recording_ref, details.recording_hash)


def check_recording(reference: str, digest: str) -> None:
    """Raises LogRefused for a digest that is none, or without what it is the digest of."""
    if len(reference) > 128:
        raise LogRefused(_("录音编号最多 128 个字符"), field="recording_ref")
    if digest and not SHA256.fullmatch(digest):
        raise LogRefused(_("录音校验值须为 64 位十六进制（SHA-256）"), field="recording_hash")
    if digest and not reference:
        raise LogRefused(_("有录音校验值时须填写录音编号"), field="recording_ref")


def write_details(details: CallDetails | None, *, attempt: ContactAttempt) -> ContactDetail | None:
    """The row of a contact that is told about now; none where there is nothing to keep. The caller holds the debtor."""
    row = ContactDetail.objects.filter(attempt=attempt).first()
    if details is None and row is None:
        return None
    row = row or ContactDetail(attempt=attempt)
    if details is not None:
        row.result_code, row.action = details.result_code, details.action
        row.reached = details.result_code.reached if details.result_code is not None else ""
        for name in PLAIN:
            setattr(row, name, getattr(details, name))
        if not row.recording_ref:
            row.recording_ref, row.recording_hash = details.recording_ref, details.recording_hash
    row.no_recording = was_talk(attempt) and not row.recording_ref
    row.save()
    return row


def was_talk(attempt: ContactAttempt) -> bool:
    """Somebody was on the line: such a call is recorded (rule CN-R-02)."""
    return attempt.channel == "call" and bool(attempt.result) and attempt.result not in MISSED


def missing_at_opening(detail: ContactDetail) -> list[str]:
    """What a talk should have begun with and did not (rules CN-I-01, CN-I-03, CN-I-04), in words; for a person to hear."""
    said = [
        (detail.said_org, _("说明债权机构")),
        (detail.said_own_org, _("说明本机构")),
        (detail.said_staff_no, _("报工号")),
        (detail.recording_notice, _("告知录音")),
    ]
    if detail.reached == Reached.DEBTOR:
        said.append((detail.identity_confirmed_at is not None, _("核实身份")))
    return [str(words) for done, words in said if not done]
