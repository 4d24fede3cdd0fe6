"""How far a complaint reaches, and everybody stopped in one action."""

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from collection_ops.core import clock
from collection_ops.core.access import has, requires
from collection_ops.core.http import SignedInRequest
from collection_ops.core.services.form_tokens import once
from compliance.complaints.blast import Line, Reach, freeze, frozen_lines, lines_of, release
from compliance.complaints.conflicts import HANDLE
from compliance.complaints.one_page import conflict_of, customer_name, find_complaint
from compliance.complaints.refusals import ComplaintRefused
from compliance.models import Complaint, Freeze

RELEASE = "holds.lift_protected"


class ListForm(forms.Form):
    """Lines that are ticked, and why."""

    lines = forms.MultipleChoiceField(label=gettext_lazy("清单"), required=False, widget=forms.CheckboxSelectMultiple)
    reason = forms.CharField(label=gettext_lazy("原因"), max_length=200, required=False)

    def __init__(self, *args: object, choices: list[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["lines"].choices = choices  # type: ignore[attr-defined]
        self.fields["lines"].error_messages["invalid_choice"] = _("清单已变化（消息可能刚发出），请核对后重新勾选")


@requires(HANDLE)
@require_http_methods(["GET", "POST"])
@once
def blast(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """What else is touched; a POST stops what is ticked."""
    found = _known(request, complaint_id, HANDLE)
    now = clock.database_now()
    reach, lines = lines_of(found, now=now)
    form = ListForm(
        request.POST or None,
        choices=[(line.key, f"{line.kind.label} · {line.label}") for line in lines],
        initial={"lines": [line.key for line in lines if line.is_proposed]},
    )
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            given = form.cleaned_data
            try:
                freeze(complaint=found, keys=given["lines"], reason=given["reason"], actor=request.user, now=now)
            except ComplaintRefused as refused:
                form.add_error(refused.field or None, str(refused))
                status = 409
            else:
                messages.success(request, _("已冻结；解除须由合规逐项确认同一份清单"))
                return redirect("compliance:complaint_blast", found.pk)
    return _page(request, found, reach, lines, form=form, status=status)


@requires(RELEASE)
@require_POST
@once
def release_freeze(request: SignedInRequest, complaint_id: int) -> HttpResponse:
    """Every line of the same list confirmed."""
    found = _known(request, complaint_id, RELEASE)
    now = clock.database_now()
    document = _in_force(found)
    form = _release_form(document, request.POST)
    status = 400
    if form.is_valid():
        given = form.cleaned_data
        try:
            release(complaint=found, keys=given["lines"], reason=given["reason"], actor=request.user, now=now)
        except ComplaintRefused as refused:
            form.add_error(refused.field or None, str(refused))
            status = 409
        else:
            messages.success(request, _("已解除冻结；仍在办理的投诉所停的，办结时解除"))
            return redirect("compliance:complaint_blast", found.pk)
    reach, lines = lines_of(found, now=now)
    return _page(request, found, reach, lines, released=form, status=status)


def _page(
    request: SignedInRequest,
    found: Complaint,
    reach: Reach,
    lines: list[Line],
    *,
    form: ListForm | None = None,
    released: ListForm | None = None,
    status: int = 200,
) -> HttpResponse:
    document = _in_force(found)
    others = [one.pk for one in reach.others]
    seen = set(Complaint.objects.for_user(request.user).filter(pk__in=others).values_list("pk", flat=True))
    context = {
        "complaint": found,
        "customer": customer_name(request.user, found),
        "reach": reach,
        "others": [one for one in reach.others if one.pk in seen],
        "document": document,
        "form": form if document is None else None,
        "release_form": released or (_release_form(document) if document is not None else None),
        "may_release": has(request.user, RELEASE),
        "past": list(
            found.freezes.filter(released_at__isnull=False).select_related("released_by").order_by("-pk")[:10]
        ),
        "conflict": conflict_of(list(found.subjects.select_related("user")), request.user),
    }
    return render(request, "compliance/complaints/blast.html", context, status=status)


def _known(request: SignedInRequest, complaint_id: int, capability: str) -> Complaint:
    found = find_complaint(request.user, complaint_id, capability)
    if found.debtor_id is None:
        raise Http404
    return found


def _in_force(found: Complaint) -> Freeze | None:
    return found.freezes.filter(released_at__isnull=True).select_related("frozen_by").first()


def _release_form(document: Freeze | None, given: object = None) -> ListForm:
    rows = frozen_lines(document) if document is not None else []
    return ListForm(
        given, choices=[(str(row.pk), f"{row.get_kind_display()} · {name}") for row, name in rows], prefix="release"
    )
