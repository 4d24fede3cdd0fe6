"""The rules of contact, to read: what is allowed, by which clause, since when."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from collection_ops.core import clock
from collection_ops.core.access import requires
from collection_ops.core.http import SignedInRequest
from compliance.forms import RuleFilter
from compliance.rule_texts import spoken
from compliance.selectors_rules import examples_shown, packs_shown, rule_of, rule_shown


@requires("rules.view")
@require_GET
def rules(request: SignedInRequest) -> HttpResponse:
    form = RuleFilter(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    packs = packs_shown(
        day=clock.business_date(clock.now()),
        text=chosen.get("text") or "",
        verdict=chosen.get("verdict") or "",
        mark=chosen.get("mark") or "",
    )
    context = {
        "form": form,
        "packs": packs,
        "found": sum(pack.found for pack in packs),
        "is_filtered": any(chosen.values()),
    }
    return render(request, "compliance/rules.html", context)


@requires("rules.view")
@require_GET
def rule(request: SignedInRequest, rule_id: str) -> HttpResponse:
    found = rule_of(rule_id)
    if found is None:
        raise Http404(f"no rule {rule_id}")
    pack, one = found
    context = {
        "pack": pack,
        "pack_title": spoken(pack.title),
        "line": rule_shown(one, day=clock.business_date(clock.now())),
        "examples": examples_shown(one),
    }
    return render(request, "compliance/rule.html", context)
