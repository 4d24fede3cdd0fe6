"""Forms about when and how a person wants to be contacted."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from cases.forms_care import day_field, words_field
from compliance.models import WishChannel, WishKind

WEEKDAYS = [
    (1, _("周一")),
    (2, _("周二")),
    (3, _("周三")),
    (4, _("周四")),
    (5, _("周五")),
    (6, _("周六")),
    (7, _("周日")),
]
ZONES = [
    ("", "—"),
    ("Asia/Shanghai", _("北京时间")),
    ("Asia/Urumqi", _("新疆时间")),
    ("Asia/Tokyo", _("东京")),
    ("Asia/Singapore", _("新加坡")),
    ("Australia/Sydney", _("悉尼")),
    ("Europe/London", _("伦敦")),
    ("Europe/Paris", _("巴黎")),
    ("America/New_York", _("纽约")),
    ("America/Los_Angeles", _("洛杉矶")),
]
ENTRIES = {
    WishKind.AGREED: ("starts", "ends"),
    WishKind.INCONVENIENT: ("starts", "ends", "weekdays"),
    WishKind.CHANNEL: ("channel",),
    WishKind.ZONE: ("zone",),
}


def time_field(label: Any) -> forms.TimeField:
    return forms.TimeField(label=label, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))


class WishForm(forms.Form):
    """A wish of one kind: only what this kind asks for."""

    starts = time_field(_("时段开始"))
    ends = time_field(_("时段结束"))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("星期"),
        choices=WEEKDAYS,
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("不选表示每天"),
    )
    channel = forms.ChoiceField(label=_("渠道"), choices=WishChannel.choices)
    zone = forms.ChoiceField(label=_("时区"), choices=ZONES)
    since = day_field(_("生效日期"), required=False, help_text=_("不填表示今天"))
    evidence = words_field(_("依据"), help_text=_("哪次通话、哪条消息，客户原话"))

    def __init__(self, *args: Any, kind: WishKind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("starts", "ends", "weekdays", "channel", "zone"):
            if name not in ENTRIES[kind]:
                del self.fields[name]


class EndWishForm(forms.Form):
    reason = words_field(_("结束原因"), help_text=_("客户收回，还是登记有误"))
