"""Why a case stays, and why one comes back: codes in words."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

LEFT_OUT: Mapping[str, Any] = {
    "with_agency": _("已在委外机构"),
    "with_collector": _("在催收员席位，规则只取案件池"),
    "in_pool": _("在案件池，规则只取催收员席位"),
    "absent": _("最新文件中缺席，待说明"),
    "protected": _("受保护：身故、丧失行为能力、破产、禁止接触或自伤风险"),
    "on_hold": _("停催或暂停中"),
    "complaint": _("投诉处理中"),
    "promise": _("有等待还款的承诺"),
    "plan": _("有待批或履行中的还款方案"),
    "other_agency": _("同一客户的其他案件在委外机构"),
    "companion": _("同一客户的其他案件不能委出，整户保留"),
    "been_everywhere": _("这些机构或其集团都曾受托，不再委回"),
    "closed": _("预览之后已结案"),
    "moved": _("预览之后已移走，不在原来的席位"),
    "changed": _("预览之后客户有新的案件，整户保留"),
    "been_there": _("预览之后该机构或其集团已受托过"),
}

RECALL: Mapping[str, Any] = {
    "days": _("委案期满"),
    "complaint": _("投诉属实"),
    "breach": _("红线违规"),
    "paid": _("已还清"),
    "closed": _("案件已结案"),
    "contract": _("合同已到期"),
    "agency": _("机构停止合作"),
    "moved": _("已由人工移出委外席位"),
}
KEEPABLE = frozenset({"days"})
"""Only a case whose days are over may be kept: every other reason is one for which it must come back."""

OFF: Mapping[str, Any] = {"count": _("件数"), "amount": _("金额"), "days": _("平均逾期天数")}


def left_out(code: str) -> str:
    return str(LEFT_OUT.get(code, code))


def recall_reason(code: str) -> str:
    return str(RECALL.get(code, code))
