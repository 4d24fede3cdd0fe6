"""What the two fragments of a call expect: the numbers with the gate's answer, and the form that tells what came of it.

Both stand inside an element with id="call-panel", on the workbench's own pages and on any other that includes them, and
replace each other there by htmx; without a script each is a page. `then` travels with them: "next" leads on to the next
case.
"""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from agents.workbench.forms import CallForm, IdentityForm
from agents.workbench.telephony import line
from agents.workbench.telephony.calls import news_of
from cases.debt_parts import parts_of
from cases.models import Case
from cases.names import shown_names
from cases.services.promises import promise_terms
from cases.services.reveal import SHOWN_SECONDS, RevealReason
from collection_ops.core import clock
from collection_ops.core.http import SignedInRequest
from compliance.gate import has_expired
from compliance.models import ContactAttempt, ContactDetail, GateDecision
from compliance.rule_texts import spoken
from compliance.rules.verdict import Reason
from compliance.selectors import Standing, standing_of
from compliance.selectors_calls import lines_to_say
from compliance.staff_texts import about_staff
from compliance.told import LEADS, phrase

KEYS = {
    "willingness": "qwer",
    "temper": "tyui",
    "arrears_reason": "asdfghjklzxv",
}
"""The keys of the choices, in their order; the results have 1 to 9. Not in use: «/» (search), «?» (this list), c, n, p."""

OTHER_KEYS: tuple[tuple[str, Any], ...] = (
    ("o", gettext_lazy("开场四项全部打勾")),
    ("b", gettext_lazy("回拨时间")),
    ("m", gettext_lazy("备注")),
    ("Ctrl + Enter", gettext_lazy("保存")),
    ("Esc", gettext_lazy("离开输入框")),
    ("?", gettext_lazy("按键一览")),
)


@dataclass(frozen=True)
class Chip:
    """One choice with its key, and the words that it puts into the note."""

    value: str
    label: str
    key: str
    says: str
    is_chosen: bool


@dataclass(frozen=True)
class ResultChip(Chip):
    step: str = ""
    reached: str = ""


@dataclass(frozen=True)
class Group:
    """A row of chips: a field of the form and its choices."""

    name: str
    label: str
    chips: list[Chip] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


def reason_lines(reasons: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Reasons of a decision as the page tells them: those that refuse or warn."""
    return [
        {
            "rule": reason["rule"],
            "verdict": reason["verdict"],
            "statement": spoken(reason["statement"]),
            "counted": _counted(reason),
            "source": reason["source"],
        }
        for reason in reasons
        if reason["verdict"] in ("block", "warn")
    ]


def _counted(reason: dict[str, Any]) -> str:
    observed, limit = reason["observed"], reason["limit"]
    if isinstance(observed, int) and isinstance(limit, int):
        return _("已 %(observed)s，上限 %(limit)s") % {"observed": observed, "limit": limit}
    return about_staff(reason)


def _lines(reasons: tuple[Reason, ...]) -> list[dict[str, Any]]:
    return reason_lines([reason.to_json() for reason in reasons])


def then_of(request: SignedInRequest) -> str:
    """Where telling leads: "next", or nothing for back to the case."""
    return "next" if "next" in (request.GET.get("then"), request.POST.get("then")) else ""


def numbers_panel(request: SignedInRequest, case: Case, *, standing: Standing | None = None) -> dict[str, Any]:
    """The numbers of a case, each with what the gate says now. Expects `case` with loan, debtor and source."""
    now = clock.now()
    standing = standing or standing_of(case=case, actor=request.user, now=now)
    refused = _refused(request, case)
    return {
        "case": case,
        "points": [(one, _lines(one.verdict.reasons)) for one in standing.points],
        "wishes": standing.wishes,
        "refused": refused,
        "refused_lines": reason_lines(refused.reasons) if refused is not None else [],
        "today": clock.business_date(now),
        "then": then_of(request),
    }


def _refused(request: SignedInRequest, case: Case) -> GateDecision | None:
    """The refusal that led back here, if it is about this case and was this person's question."""
    given = request.GET.get("refused", "")
    if not (given.isdecimal() and len(given) < 19):
        return None
    return GateDecision.objects.filter(pk=given, case=case, actor=request.user, verdict="block").first()


def call_panel(
    request: SignedInRequest,
    attempt: ContactAttempt,
    form: CallForm | None = None,
    *,
    identity: IdentityForm | None = None,
) -> dict[str, Any]:
    """One allowed call: its number, who is on the line, what to say, and the form. Expects `attempt` with its case, point
    and gate. Amounts are in it once the identity is confirmed, and never on a third person's number (CN-I-03)."""
    now, case = clock.now(), attempt.case
    is_third = attempt.is_with_third
    detail = ContactDetail.objects.filter(attempt=attempt).first()
    shows_amounts = not is_third and detail is not None and detail.identity_confirmed_at is not None
    form = form or CallForm(attempt=attempt)
    in_use = line()
    news = news_of(detail, line=in_use, now=now)
    return {
        "attempt": attempt,
        "case": case,
        "detail": detail,
        "name": shown_names(request.user, [case])[case.pk],
        "is_third": is_third,
        "shows_amounts": shows_amounts,
        "parts": owed_parts(case) if shows_amounts else [],
        "terms": promise_terms(case, now) if shows_amounts else None,
        "lines": lines_to_say(
            case=case, staff=request.user, audience="third" if is_third else "debtor", shows_amounts=shows_amounts
        ),
        "identity": identity or IdentityForm(),
        "warnings": reason_lines(attempt.gate.reasons) if attempt.gate is not None else [],
        "form": form,
        "results": _results(form),
        "groups": [_group(form, name) for name in ("willingness", "arrears_reason", "temper", "economic_situation")],
        "other_keys": OTHER_KEYS,
        "reasons": RevealReason.choices,
        "seconds": SHOWN_SECONDS,
        "is_expired": not (detail and detail.call_ref) and has_expired(attempt, now=now),
        "elapsed": max(0, int((now - attempt.opened_at).total_seconds())),
        "line": in_use,
        "news": news,
        "then": then_of(request),
    }


def owed_parts(case: Case) -> list[tuple[str, Any]]:
    """What is owed, by part; parts without an amount are left out."""
    return [(label, amount) for label, amount in parts_of(case) if amount]


def _results(form: CallForm) -> Group:
    bound = form["code"]
    chosen = bound.value()
    chips: list[Chip] = [
        ResultChip(
            code.code, code.label, str(code.key or ""), code.label, code.code == chosen, code.next_step, code.reached
        )
        for code in form.codes.values()
    ]
    return Group("code", str(bound.label), chips, [str(error) for error in bound.errors])


def _group(form: CallForm, name: str) -> Group:
    bound, keys = form[name], KEYS.get(name, "")
    choices = list(form.fields[name].choices)  # type: ignore[attr-defined]
    says = name in LEADS
    chips = [
        Chip(
            value, str(label), keys[number] if number < len(keys) else "", phrase(name, label) if says else "",
            value == bound.value(),
        )
        for number, (value, label) in enumerate(choices)
    ]  # fmt: skip
    return Group(name, str(bound.label), chips, [str(error) for error in bound.errors])
