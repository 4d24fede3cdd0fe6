"""The sentences of notifications and job results, by kind. Rows keep the kind and figures; the reader's language is
chosen when it is read. Apps add their own with `register_texts` when they are loaded.

    register_texts({"import.applied": _("导入 %(file)s 已应用：新增 %(new)s 件")})
"""

from collections import defaultdict
from typing import Any

from django.utils.translation import gettext_lazy as _

_texts: dict[str, Any] = {
    "job.done": _("“%(title)s”已完成"),
    "job.failed": _("“%(title)s”没有完成：%(error)s"),
    "job.dead": _("“%(title)s”多次中断，已停止。请联系系统管理员"),
    "audit.whole": _("审计链完整：%(rows)s 条记录、%(seals)s 个封印，%(unsealed)s 条待封存"),
    "audit.broken": _("审计链被破坏：%(first)s"),
    "invariants.held": _("%(checked)s 项一致性检查全部通过"),
    "invariants.broken": _("%(broken)s 项一致性检查未通过：%(codes)s"),
}


def register_texts(texts: dict[str, Any]) -> None:
    """Add sentences; the same kind twice is a mistake."""
    taken = sorted(set(texts) & set(_texts))
    if taken:
        raise LookupError(f"notification texts already registered: {', '.join(taken)}")
    _texts.update(texts)


def sentence(kind: str, params: dict[str, Any]) -> str:
    """The sentence in the reader's language; a figure that the row lacks shows as a dash, an unknown kind as itself."""
    text = _texts.get(kind)
    if text is None:
        return kind
    return str(text) % defaultdict(lambda: "–", params)
