"""Words of the disclosure watch."""

from typing import Any

from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from collection_ops.core.audit_texts import register_actions
from collection_ops.core.models import AuditEvent
from collection_ops.core.notification_texts import register_texts
from compliance.disclosure.facts import EXPORTED, REVEALED, SEARCHED

register_actions(
    {
        "disclosure.watched": _("发现查询异常"),
        "disclosure.explained": _("查询异常已说明"),
        "disclosure.confirmed": _("确认查询异常"),
        "disclosure.signed": _("签阅信息查询监测"),
    }
)
register_texts(
    {
        "disclosure.alerts": _("信息查询监测有 %(count)s 条新提示"),
        "disclosure.week": _("%(week)s 起一周的信息查询监测待签阅"),
    }
)

ASKED: dict[str, Any] = {
    "id": _("证件号"),
    "phone": _("手机号"),
    "contract": _("合同编号"),
    "name": _("姓名"),
    "name_prefix": _("姓名"),
}


def in_words(event: AuditEvent) -> str:
    """What was looked at, without a value: the mask of it, how many were found, how many left."""
    data = event.data
    if event.action == REVEALED:
        masked = data.get("masked") or ("*" + data["last4"] if data.get("last4") else "")
        return f"{data.get('label', '')} {masked}".strip()
    if event.action == SEARCHED:
        if event.outcome != "ok":
            return _t("已达每日次数")
        kind = ASKED.get(data.get("asked") or data.get("kind", ""), "")
        return _t("按%(kind)s查找，找到 %(hits)s 件") % {"kind": kind, "hits": data.get("hits", 0)}
    if event.action == EXPORTED:
        persons = data.get("persons", data.get("rows", 0))
        said = _t("%(rows)s 行，%(persons)s 人") % {"rows": data.get("rows", 0), "persons": persons}
        return f"{said} · {_t('未脱敏') if data.get('unmasked') else _t('已脱敏')}"
    return _t("%(rows)s 行") % {"rows": data["rows"]} if data.get("rows") else ""
