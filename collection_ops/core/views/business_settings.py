"""Numbers of the business that are decided by people: what is in force, since when and why, and setting a new one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.dated_settings import Setting, SettingRefused, declared, set_value, setting_named, values_on
from collection_ops.core.forms import SettingForm
from collection_ops.core.http import SignedInRequest
from collection_ops.core.models import DatedSetting
from collection_ops.core.paging import key_page
from collection_ops.core.services.form_tokens import once


@requires("settings.view")
@require_GET
def settings(request: SignedInRequest) -> HttpResponse:
    """Every declared setting with its value of today, and the next one that is already decided."""
    today = clock.business_date(clock.now())
    known = declared()
    values = values_on(today, known)
    coming = {
        row.name: row
        for row in DatedSetting.objects.filter(effective_from__gt=today, name__in=[one.name for one in known])
        .order_by("name", "effective_from", "-id")
        .distinct("name")
    }
    changed = set(
        DatedSetting.objects.filter(effective_from__lte=today).values_list("name", flat=True).order_by().distinct()
    )
    lines = [
        {
            "setting": one,
            "value": shown_value(one, values[one.name]),
            "is_default": one.name not in changed,
            "coming": coming.get(one.name),
            "coming_value": shown_value(one, coming[one.name].value) if one.name in coming else "",
        }
        for one in known
    ]
    return render(request, "core/settings.html", {"lines": lines})


@requires("settings.view")
@require_GET
def setting(request: SignedInRequest, name: str) -> HttpResponse:
    """One setting: its value, its history, and the form for those who may."""
    found = _setting(name)
    return _page(request, found, SettingForm(setting=found, today=clock.business_date(clock.now())))


@requires("settings.manage")
@require_POST
@once
def change(request: SignedInRequest, name: str) -> HttpResponse:
    """A new value from a day on; what is in force already stays what it was on the days before."""
    found, now = _setting(name), clock.database_now()
    form = SettingForm(request.POST, setting=found, today=clock.business_date(now))
    if not form.is_valid():
        return _page(request, found, form, status=400)
    try:
        set_value(
            found,
            form.cleaned_data["value"],
            effective_from=form.cleaned_data["effective_from"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=now,
        )
    except SettingRefused as refused:
        form.add_error("value", str(refused))
        return _page(request, found, form, status=400)
    messages.success(request, _("已保存，自 %(day)s 起生效") % {"day": form.cleaned_data["effective_from"]})
    return redirect("core:setting", found.name)


def shown_value(setting: Setting, value: Any) -> str:
    """A value (of the table or of code) as people read it, with its unit."""
    read = setting.read(value)
    if isinstance(read, bool):
        return _("是") if read else _("否")
    return f"{read:,} {setting.unit}".strip()


def _setting(name: str) -> Setting:
    found = setting_named(name)
    if found is None:
        raise Http404
    return found


def _page(request: SignedInRequest, found: Setting, form: SettingForm, *, status: int = 200) -> HttpResponse:
    today = clock.business_date(clock.now())
    page = key_page(request, DatedSetting.objects.filter(name=found.name).select_related("set_by"))
    context = {
        "setting": found,
        "value": shown_value(found, found.on(today)),
        "default": shown_value(found, found.default),
        "least": None if found.least is None else shown_value(found, found.least),
        "most": None if found.most is None else shown_value(found, found.most),
        "rows": [
            {"row": row, "value": shown_value(found, row.value), "is_coming": row.effective_from > today}
            for row in page.rows
        ],
        "form": form if has(request.user, "settings.manage") else None,
        "previous_url": page.previous_url,
        "next_url": page.next_url,
    }
    return render(request, "core/setting.html", context, status=status)
