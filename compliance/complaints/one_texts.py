"""Words of what leads a complaint to its end: steps, the audit page, notifications."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.notification_texts import register_texts
from compliance.complaints.texts import STEPS
from compliance.models import (
    About,
    ComplaintCategory,
    ComplaintOutcome,
    ComplaintSource,
    ComplaintStep,
    ComplaintType,
    Content,
    SentBy,
    Severity,
)

STEPS |= {
    "classified": gettext_lazy("更改分类"),
    "accused": gettext_lazy("增加被投诉方"),
    "identified": gettext_lazy("关联客户"),
    "contracts": gettext_lazy("更改涉及合同"),
    "letter": gettext_lazy("答复函送达"),
    "followed_up": gettext_lazy("回访"),
    "frozen": gettext_lazy("一键冻结"),
    "released": gettext_lazy("解除冻结"),
}
TONES = {
    "received": "info",
    "decided": "success",
    "closed": "success",
    "reopened": "warning",
    "escalated": "warning",
    "extended": "warning",
    "frozen": "danger",
}

register_actions(
    {
        "complaint.corrected": gettext_lazy("更正投诉"),
        "complaint.identified": gettext_lazy("投诉关联客户"),
        "complaint.letter_written": gettext_lazy("起草投诉答复函"),
        "complaint.letter_sent": gettext_lazy("记录答复函送达"),
        "complaint.followed_up": gettext_lazy("投诉回访"),
        "complaint.frozen": gettext_lazy("一键冻结客户联系"),
        "complaint.released": gettext_lazy("解除一键冻结"),
        "staff_task.cancelled": gettext_lazy("取消辅导或再培训"),
    }
)
register_texts({"staff_task.cancelled": gettext_lazy("不再需要完成：%(what)s")})


def step_label(step: ComplaintStep) -> str:
    return str(STEPS.get(step.kind, step.kind))


def step_detail(step: ComplaintStep) -> str:
    """What the step's figures say, in words; what people wrote stands beside it."""
    data = step.data
    match step.kind:
        case "received":
            return label_of(ComplaintSource, data.get("source"))
        case "assigned" | "accused":
            about = label_of(About, data.get("about"))
            return " ".join(part for part in (about, str(data.get("name") or "")) if part)
        case "extended" | "reopened":
            return _("须在 %(due)s 前办结") % {"due": data.get("due", "")}
        case "decided":
            return label_of(ComplaintOutcome, data.get("outcome"))
        case "closed":
            return _("在期限内") if data.get("in_time") else _("超过期限")
        case "classified":
            return _classified(data)
        case "letter":
            return f"{data.get('on', '')} {label_of(SentBy, data.get('how'))}"
        case "followed_up":
            done = _("补救已落实") if data.get("remedied") else _("补救未落实")
            return f"{label_of(Content, data.get('content'))} · {done}"
        case "frozen" | "released" | "contracts":
            return _("%(count)s 项") % {"count": data.get("count", 0)}
    return ""


def _classified(data: dict[str, object]) -> str:
    said = []
    for name, choices in (("type", ComplaintType), ("category", ComplaintCategory), ("severity", Severity)):
        if name in data:
            said.append(f"{label_of(choices, data.get(f'was_{name}'))} → {label_of(choices, data[name])}")
    return "; ".join(said)


def label_of(choices: type, value: object) -> str:
    """The label of a value that was stored; an unknown one stays as it is."""
    return str(dict(choices.choices).get(value, value or ""))  # type: ignore[attr-defined]
