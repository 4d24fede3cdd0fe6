"""The reply letter: begun from an approved text, edited, checked for its wording, recorded as sent."""

from datetime import date, datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.wording import sentences
from compliance.complaints.conflicts import accused_of, refuse_conflict
from compliance.complaints.refusals import ComplaintRefused
from compliance.complaints.register import step
from compliance.message_text import LineMissing, letter_from
from compliance.models import (
    MOST_LETTER,
    Audience,
    Complaint,
    ComplaintState,
    MessageChannel,
    MessageTemplate,
    ReplyLetter,
    SentBy,
)
from compliance.services.templates import usable_templates
from compliance.wording import check_wording, told


def letter_templates(day: date) -> list[MessageTemplate]:
    return usable_templates(day, audience=Audience.DEBTOR, channel=MessageChannel.LETTER)


def fitting(templates: list[MessageTemplate], complaint: Complaint) -> MessageTemplate | None:
    """The text that is meant for the outcome by its code (`reply-upheld` …), or the first."""
    code = f"reply-{complaint.outcome.replace('_', '-')}"
    return next((one for one in templates if one.code == code), templates[0] if templates else None)


def begun(complaint: Complaint, template: MessageTemplate, *, today: date) -> str:
    """The template filled in. Raises ComplaintRefused where something that it names is not known."""
    debtor_name = complaint.debtor.name if complaint.debtor is not None else ""
    values = {
        "name": complaint.complainant_name or (debtor_name if complaint.complainant == "self" else ""),
        "number": complaint.number,
        "received": _day(complaint.received_on),
        "outcome": complaint.get_outcome_display(),
        "finding": complaint.finding,
        "remedy": complaint.remedy,
        "lender": lender_of(complaint),
        "phone": settings.LENDER_PHONE,
        "day": _day(today),
    }
    try:
        return letter_from(template, values)
    except LineMissing as missing:
        raise ComplaintRefused(str(missing), "template") from missing


def lender_of(complaint: Complaint) -> str:
    """Who answers, as it calls itself, or the source of the case."""
    return str(settings.LENDER_NAME) or (complaint.case.loan.source.name if complaint.case is not None else "")


def draft_of(complaint: Complaint) -> ReplyLetter | None:
    return complaint.letters.filter(round=complaint.round, sent_on__isnull=True).first()


def sent_in_round(complaint: Complaint) -> ReplyLetter | None:
    """The last one sent in the present round."""
    return complaint.letters.filter(round=complaint.round, sent_on__isnull=False).order_by("-pk").first()


def save_letter(
    *,
    complaint: Complaint,
    text: str,
    template: MessageTemplate | None,
    actor: User,
    now: datetime,
    based_on: datetime | None = None,
) -> ReplyLetter:
    """Keep the words. `based_on`: when the draft that the writer saw was written (None: there was none).

    Raises ComplaintRefused: nothing written, too long, words that a letter may not hold, not decided yet, a colleague wrote
    in between, an interest in it.
    """
    words = text.strip()
    if not words:
        raise ComplaintRefused(_("请填写答复函正文"), "text")
    if len(words) > MOST_LETTER:
        raise ComplaintRefused(_("答复函不能超过 %(most)s 字") % {"most": f"{MOST_LETTER:,}"}, "text")
    problems = check_wording(words, audience="debtor", ledger_amounts=None)
    if problems:
        raise ComplaintRefused(sentences(told(problems)), "text")
    with transaction.atomic():
        locked = _answerable(complaint, actor)
        draft = ReplyLetter.objects.select_for_update().filter(
            complaint=locked, round=locked.round, sent_on__isnull=True
        ).first()  # fmt: skip
        if draft is not None and draft.written_at != based_on:
            raise ComplaintRefused(_("同事刚改过这份答复函；您的文字还在下面，请另开页面核对后再保存"), "text")
        if draft is None:
            draft = ReplyLetter(complaint=locked, round=locked.round)
        draft.text, draft.template, draft.written_by, draft.written_at = words, template, actor, now
        draft.save()
        audit.record(
            action="complaint.letter_written", actor=actor, obj=locked,
            data={"letter": draft.pk, "template": str(template or "")},
        )  # fmt: skip
    return draft


def record_sent(*, complaint: Complaint, how: SentBy | str, sent_on: date, actor: User, now: datetime) -> ReplyLetter:
    """The draft has reached the person: from now on its words stay. Raises ComplaintRefused: no draft, a day to come or
    before the decision, not decided, an interest in it."""
    if how not in SentBy.values:
        raise ComplaintRefused(_("请选择送达方式"), "how")
    if sent_on > clock.business_date(now):
        raise ComplaintRefused(_("送达日期不能晚于今天"), "sent_on")
    with transaction.atomic():
        locked = _answerable(complaint, actor)
        if locked.decided_at is not None and sent_on < clock.business_date(locked.decided_at):
            raise ComplaintRefused(_("送达日期不能早于作出决定的日期"), "sent_on")
        draft = ReplyLetter.objects.select_for_update().filter(
            complaint=locked, round=locked.round, sent_on__isnull=True
        ).first()  # fmt: skip
        if draft is None:
            raise ComplaintRefused(_("还没有答复函草稿，请先起草"))
        draft.sent_on, draft.how, draft.recorded_by = sent_on, str(how), actor
        draft.save(update_fields=["sent_on", "how", "recorded_by"])
        step(
            locked,
            "letter",
            actor=actor,
            now=now,
            data={"letter": draft.pk, "how": str(how), "on": sent_on.isoformat()},
        )
        audit.record(
            action="complaint.letter_sent", actor=actor, obj=locked, data={"letter": draft.pk, "how": str(how)}
        )
    return draft


def _answerable(complaint: Complaint, actor: User) -> Complaint:
    locked = Complaint.objects.select_for_update(of=("self",)).get(pk=complaint.pk)
    if locked.state != ComplaintState.DECIDED:
        raise ComplaintRefused(
            _("投诉 %(number)s 现为“%(state)s”；作出决定之后、办结之前才能答复")
            % {"number": locked.number, "state": locked.get_state_display()}
        )
    refuse_conflict(accused_of(locked), actor, field="")
    return locked


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
