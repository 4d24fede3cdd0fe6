"""What the stable codes of audit events are called on the page. Apps add theirs with `register_actions`."""

from typing import Any

from django.utils.translation import gettext_lazy as _

_actions: dict[str, Any] = {
    "login.ok": _("登录"),
    "login.refused": _("登录被拒绝"),
    "logout": _("退出登录"),
    "second_factor.ok": _("通过二次验证"),
    "second_factor.refused": _("二次验证未通过"),
    "second_factor.set_up": _("启用二次验证"),
    "second_factor.codes_renewed": _("重新生成恢复码"),
    "second_factor.reset": _("重置二次验证"),
    "user.created": _("新建账号"),
    "user.changed": _("修改账号"),
    "user.disabled": _("停用账号"),
    "user.enabled": _("启用账号"),
    "user.unlocked": _("解除登录暂停"),
    "user.password_changed": _("修改密码"),
    "user.password_reset": _("重置密码"),
    "user.sessions_ended": _("结束登录"),
    "user.role_granted": _("授予角色"),
    "user.role_revoked": _("收回角色"),
    "calendar.seeded": _("写入工作日历"),
    "reference.added": _("新增参考数据"),
    "reference.changed": _("修改参考数据"),
    "reference.deleted": _("删除参考数据"),
    "reference.imported": _("导入参考数据"),
    "setting.changed": _("修改业务设置"),
    "token.issued": _("签发接口令牌"),
    "token.revoked": _("吊销接口令牌"),
}


def register_actions(actions: dict[str, Any]) -> None:
    """Add names; the same code twice is a mistake."""
    taken = sorted(set(actions) & set(_actions))
    if taken:
        raise LookupError(f"audit actions already registered: {', '.join(taken)}")
    _actions.update(actions)


def action_label(code: str) -> str:
    """The name in the reader's language, or the code itself while no app has named it."""
    return str(_actions.get(code, code))
