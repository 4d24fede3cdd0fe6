"""What was learned in a contact, in the short phrases that the note begins with and the timeline shows."""

from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.models import ContactDetail

LEADS = {
    "willingness": lambda: _("意愿：%(value)s"),
    "arrears_reason": lambda: _("原因：%(value)s"),
    "economic_situation": lambda: _("经济：%(value)s"),
    "temper": lambda: _("情绪：%(value)s"),
}


def phrase(field: str, label: object) -> str:
    """«意愿：愿意还款» of a field of LEADS and the label that was chosen."""
    return LEADS[field]() % {"value": label}


def phrases_of(detail: ContactDetail) -> list[str]:
    """Everything that was chosen, in the order of the form; what compliance has to see last."""
    said = [phrase(field, getattr(detail, f"get_{field}_display")()) for field in LEADS if getattr(detail, field)]
    flags = (
        (detail.dispute, _("有争议")),
        (detail.complaint_wish, _("有投诉意愿")),
        (detail.self_harm, _("有自伤言论")),
    )
    said += [words for is_so, words in flags if is_so]
    if detail.callback_at is not None:
        moment = timezone.localtime(detail.callback_at).strftime("%Y-%m-%d %H:%M")
        said.append(_("回拨 %(moment)s") % {"moment": moment})
    if detail.no_recording:
        said.append(_("无录音"))
    return said
