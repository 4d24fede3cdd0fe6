"""Writing and approving the texts of messages: their wording is checked before they are saved, another person approves."""

import re
from datetime import date, datetime
from string import Formatter

from django.db import IntegrityError, transaction
from django.db.models import Max, Q
from django.utils.translation import gettext as _

from collection_ops.core.access import require
from collection_ops.core.models import User
from collection_ops.core.services import audit
from collection_ops.core.wording import sentences
from compliance.models import (
    MOST_BODY,
    MOST_LETTER,
    Audience,
    MessageChannel,
    MessagePurpose,
    MessageTemplate,
    TemplateState,
)
from compliance.wording import WordingProblem, check_wording, told

MANAGE, APPROVE = "templates.manage", "templates.approve"
FOR_DEBTORS = ("name", "amount", "principal", "days", "contract", "lender", "phone")
FOR_CONTACTS = ("name", "lender", "phone")
FOR_LETTERS = ("name", "number", "received", "outcome", "finding", "remedy", "lender", "phone", "day")
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,23}")


class TemplateRefused(Exception):
    """The template cannot be saved or decided; the sentence says why. `field`: of the form, where one is meant. `problems`:
    of its wording."""

    def __init__(self, sentence: str, field: str = "", problems: tuple[WordingProblem, ...] = ()) -> None:
        super().__init__(sentence)
        self.field = field
        self.problems = problems


def write_template(
    *,
    code: str,
    channel: str,
    audience: str,
    purpose: str,
    body: str,
    valid_from: date,
    actor: User,
    now: datetime,
    valid_to: date | None = None,
) -> MessageTemplate:
    """The first or the next version of a text; it waits for another person. Raises TemplateRefused: forbidden words, an
    amount that is typed, a placeholder that nobody fills, another version waiting. PermissionDenied."""
    require(actor, MANAGE)
    body = body.strip()
    _check(code, channel, audience, purpose, body, valid_from, valid_to)
    try:
        with transaction.atomic():
            latest = MessageTemplate.objects.filter(code=code).aggregate(version=Max("version"))["version"] or 0
            template = MessageTemplate.objects.create(
                code=code,
                version=latest + 1,
                channel=channel,
                audience=audience,
                purpose=purpose,
                body=body,
                author=actor,
                written_at=now,
                valid_from=valid_from,
                valid_to=valid_to,
            )
            audit.record(action="template.written", actor=actor, obj=template, data={"template": str(template)})
    except IntegrityError as taken:
        raise TemplateRefused(_("这个模板已有一个版本等待批准，请先处理")) from taken
    return template


def decide_template(
    *, template: MessageTemplate, approve: bool, actor: User, now: datetime, reason: str = ""
) -> MessageTemplate:
    """Approve, or turn down with a reason; never one's own. The words are checked again: the lexicon may have grown. Raises
    TemplateRefused, PermissionDenied."""
    require(actor, APPROVE)
    with transaction.atomic():
        locked = MessageTemplate.objects.select_for_update(of=("self",)).get(pk=template.pk)
        if locked.state != TemplateState.PENDING:
            raise TemplateRefused(_("这个版本已经处理：%(state)s") % {"state": locked.get_state_display()})
        if locked.author_id == actor.pk:
            raise TemplateRefused(_("不能批准自己编写的模板，须由另一人批准"))
        if approve:
            _check_words(locked.audience, locked.body)
        elif not reason.strip():
            raise TemplateRefused(_("请写明不批准的理由"), "reason")
        locked.state = TemplateState.APPROVED if approve else TemplateState.REJECTED
        locked.approved_by, locked.decided_at = (actor if approve else None), now
        locked.decision_reason = reason.strip()[:200]
        locked.save(update_fields=["state", "approved_by", "decided_at", "decision_reason"])
        audit.record(
            action="template.approved" if approve else "template.rejected",
            actor=actor,
            obj=locked,
            data={"template": str(locked)},
            reason=reason,
        )
    return locked


def retire_template(*, template: MessageTemplate, actor: User, now: datetime, reason: str) -> MessageTemplate:
    """Take an approved version out of use at once; what is queued with it is refused when its time comes."""
    require(actor, MANAGE)
    if not reason.strip():
        raise TemplateRefused(_("请写明停用的原因"), "reason")
    with transaction.atomic():
        locked = MessageTemplate.objects.select_for_update(of=("self",)).get(pk=template.pk)
        if locked.state != TemplateState.APPROVED:
            raise TemplateRefused(_("只有已批准的版本可以停用"))
        locked.state, locked.decision_reason = TemplateState.RETIRED, reason.strip()[:200]
        locked.save(update_fields=["state", "decision_reason"])
        audit.record(action="template.retired", actor=actor, obj=locked, data={"template": str(locked)}, reason=reason)
    return locked


def usable_templates(day: date, *, audience: str, channel: str = "sms") -> list[MessageTemplate]:
    """Approved versions that are valid on a day, the newest of each code."""
    valid = Q(valid_from__lte=day) & (Q(valid_to__isnull=True) | Q(valid_to__gte=day))
    found = MessageTemplate.objects.filter(valid, state=TemplateState.APPROVED, audience=audience, channel=channel)
    return list(found.order_by("code", "-version").distinct("code"))


def placeholders_of(body: str) -> list[str]:
    """Names in braces. Raises TemplateRefused for braces that do not close."""
    try:
        return [name for _text, name, _spec, _conversion in Formatter().parse(body) if name is not None]
    except ValueError as wrong:
        raise TemplateRefused(_("正文里的花括号不成对"), "body") from wrong


def _check(
    code: str, channel: str, audience: str, purpose: str, body: str, valid_from: date, valid_to: date | None
) -> None:
    is_letter = channel == MessageChannel.LETTER
    if not _CODE.fullmatch(code):
        raise TemplateRefused(_("代码只能用小写字母、数字和连字符，2 到 24 位"), "code")
    if (audience == Audience.CONTACT) != (purpose == "relay"):
        raise TemplateRefused(_("给联系人的消息只能是请其转告；请其转告只给联系人"), "purpose")
    if is_letter != (purpose == MessagePurpose.REPLY) or (is_letter and audience != Audience.DEBTOR):
        raise TemplateRefused(_("函件只用于答复投诉，对象为债务人；答复投诉只用函件"), "purpose")
    if not body:
        raise TemplateRefused(_("请填写正文"), "body")
    most = MOST_LETTER if is_letter else MOST_BODY
    if len(body) > most:
        raise TemplateRefused(_("正文不能超过 %(most)s 字") % {"most": f"{most:,}"}, "body")
    if valid_to is not None and valid_to < valid_from:
        raise TemplateRefused(_("停用日期早于启用日期"), "valid_to")
    known = FOR_LETTERS if is_letter else FOR_CONTACTS if audience == Audience.CONTACT else FOR_DEBTORS
    strange = sorted({name for name in placeholders_of(body) if name not in known})
    if strange:
        raise TemplateRefused(
            _("不能填入 %(names)s；可用：%(known)s")
            % {"names": ", ".join(strange), "known": ", ".join(f"{{{name}}}" for name in known)},
            "body",
        )
    _check_words(audience, body)


def _check_words(audience: str, body: str) -> None:
    """A text that is not about one case yet may name no amount, no court, no suit."""
    found = tuple(
        check_wording(body, audience="contact" if audience == Audience.CONTACT else "debtor", ledger_amounts=())
    )
    if found:
        raise TemplateRefused(sentences(told(found)), "body", found)
