"""The rules of contact: what is allowed, by which clause, since when; and changing them."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.forms import RuleFilter
from compliance.forms_rules import DecideForm, RuleChangeForm, SwitchForm
from compliance.models import RuleChange
from compliance.rule_texts import spoken
from compliance.rulebook import active_changes
from compliance.rules.packs import Pack, Rule
from compliance.rules.versions import Change, is_on, version_at
from compliance.selectors_changes import changes_shown
from compliance.selectors_rules import examples_shown, packs_shown, rule_of, rule_shown
from compliance.services.rulebook import (
    APPROVE,
    CHANGE,
    ChangeRefused,
    as_wanted,
    decide_change,
    propose_change,
    switch_pack,
    withdraw_change,
)
from compliance.what_if import Trial, try_change


@requires("rules.view")
@require_GET
def rules(request: SignedInRequest) -> HttpResponse:
    return _list_page(request)


def _list_page(request: SignedInRequest, *, switch: SwitchForm | None = None, pack: str = "", status: int = 200) -> Any:
    form = RuleFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    now = clock.now()
    packs = packs_shown(
        now=now,
        changes=active_changes(),
        text=chosen.get("text") or "",
        verdict=chosen.get("verdict") or "",
        mark=chosen.get("mark") or "",
    )
    lines = changes_shown(request.user, now=now, may_approve=has(request.user, APPROVE))
    context = {
        "form": form,
        "packs": packs,
        "found": sum(pack.found for pack in packs),
        "is_filtered": any(chosen.values()),
        "changes": [line for line in lines if line.change.state != "proposed"],
        "waiting": [line for line in lines if line.change.state == "proposed"],
        "today": clock.business_date(now),
        "switch": switch,
        "switched_pack": pack,
    }
    return render(request, "compliance/rules.html", context, status=status)


@dataclass(frozen=True)
class _Known:
    """A rule that a page is about: as it is shipped, and as it stands."""

    pack: Pack
    shipped: Rule
    current: Rule
    on: bool


def _known(rule_id: str) -> _Known:
    found = rule_of(rule_id)
    if found is None:
        raise Http404(f"no rule {rule_id}")
    pack, rule = found
    now, changes = clock.now(), active_changes()
    own = [change for change in changes if change.pack == pack.name]
    return _Known(pack, rule, version_at(rule, own, now), is_on(pack, own, now))


@requires("rules.view")
@require_GET
def rule(request: SignedInRequest, rule_id: str) -> HttpResponse:
    return _rule_page(request, _known(rule_id))


def _rule_page(
    request: SignedInRequest,
    known: _Known,
    *,
    form: RuleChangeForm | None = None,
    trial: Trial | None = None,
    status: int = 200,
) -> HttpResponse:
    now = clock.now()
    today = clock.business_date(now)
    if form is None and has(request.user, CHANGE):
        form = RuleChangeForm(rule=known.current, today=today)
    context = {
        "pack": known.pack,
        "on": known.on,
        "pack_title": spoken(known.pack.title),
        "line": rule_shown(known.current, day=today, as_shipped=known.shipped),
        "examples": examples_shown(known.shipped),
        "changes": changes_shown(
            request.user,
            now=now,
            may_approve=has(request.user, APPROVE),
            rule=known.shipped.id,
            pack=known.pack.name,
        ),
        "form": form,
        "trial": trial,
    }
    return render(request, "compliance/rule.html", context, status=status)


@requires(CHANGE)
@require_POST
def rule_trial(request: SignedInRequest, rule_id: str) -> HttpResponse:
    """What the change would have made of the last answers of the gate. Nothing is written."""
    known = _known(rule_id)
    now = clock.now()
    form = RuleChangeForm(request.POST, rule=known.current, today=clock.business_date(now))
    if not form.is_valid():
        return _rule_page(request, known, form=form, status=400)
    params, verdict = form.changed_params(), form.changed_verdict
    try:
        as_wanted(known.current, params, verdict)
    except ChangeRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _rule_page(request, known, form=form, status=409)
    change = Change(known.pack.name, now, known.shipped.id, params, verdict or None)  # type: ignore[arg-type]
    return _rule_page(request, known, form=form, trial=try_change(change, now=now))


@requires(CHANGE)
@require_POST
@once
def rule_change(request: SignedInRequest, rule_id: str) -> HttpResponse:
    """Tighten at once, or propose what loosens. With something wrong the form comes back as it was filled in."""
    known = _known(rule_id)
    now = clock.now()
    form = RuleChangeForm(request.POST, rule=known.current, today=clock.business_date(now))
    if not form.is_valid():
        return _rule_page(request, known, form=form, status=400)
    try:
        change = propose_change(
            pack=known.pack.name,
            rule=known.shipped.id,
            params=form.changed_params(),
            verdict=form.changed_verdict,
            effective_from=form.cleaned_data["effective_from"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=now,
        )
    except ChangeRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _rule_page(request, known, form=form, status=409)
    _tell(request, change)
    return redirect("compliance:rule", known.shipped.id)


@requires(CHANGE)
@require_POST
@once
def pack_switch(request: SignedInRequest, pack: str) -> HttpResponse:
    form = SwitchForm(request.POST)
    if not form.is_valid():
        return _list_page(request, switch=form, pack=pack, status=400)
    try:
        change = switch_pack(
            pack=pack,
            on=form.cleaned_data["on"] == "yes",
            effective_from=form.cleaned_data["effective_from"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            now=clock.now(),
        )
    except ChangeRefused as refused:
        form.add_error(refused.field or None, str(refused))
        return _list_page(request, switch=form, pack=pack, status=409)
    _tell(request, change)
    return redirect("compliance:rules")


@requires(APPROVE)
@require_POST
@once
def change_decide(request: SignedInRequest, change_id: int) -> HttpResponse:
    change = get_object_or_404(RuleChange, pk=change_id)
    form = DecideForm(request.POST)
    if form.is_valid():
        try:
            approve = form.cleaned_data["approve"] == "yes"
            decide_change(
                change=change,
                approve=approve,
                actor=request.user,
                now=clock.now(),
                reason=form.cleaned_data["reason"],
            )
            messages.success(request, _("已批准，变更将按期生效") if approve else _("已退回，规则不变"))
        except ChangeRefused as refused:
            messages.error(request, str(refused))
    else:
        messages.error(request, _("请选择批准或不批准"))
    return _back(change)


@requires(CHANGE)
@require_POST
@once
def change_withdraw(request: SignedInRequest, change_id: int) -> HttpResponse:
    change = get_object_or_404(RuleChange, pk=change_id)
    try:
        withdraw_change(change=change, actor=request.user, now=clock.now())
        messages.success(request, _("已撤回，规则不变"))
    except ChangeRefused as refused:
        messages.error(request, str(refused))
    return _back(change)


def _back(change: RuleChange) -> HttpResponse:
    return redirect("compliance:rule", change.rule) if change.rule else redirect("compliance:rules")


def _tell(request: SignedInRequest, change: RuleChange) -> None:
    if change.state == "proposed":
        messages.warning(request, _("这是放宽，须由另一人批准后才生效；在此之前按现行规则"))
    else:
        messages.success(request, _("已修改，自生效日起按新值判断"))
