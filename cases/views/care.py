"""What the pages about holds, flags, numbers and files share: the case in its scope, and a refusal put where it belongs."""

from typing import Any

from django import forms
from django.http import Http404

from cases import selectors
from cases.models import Case
from cases.services.attachments import attach
from collection_ops.core.http import SignedInRequest


def case_or_404(request: SignedInRequest, case_id: int, capability: str) -> Case:
    """The case, if the person has it in the scope of `capability` and may see it at all."""
    case = selectors.find_case(request.user, case_id, capability)
    if case is None or selectors.find_case(request.user, case_id) is None:
        raise Http404
    return case


def say(form: forms.Form, refused: Exception) -> str:
    """Put a service's refusal beside the entry it is about; else the sentence comes back, for the top of the page (the form
    itself may be gone from it: what was to be done is done already)."""
    field = getattr(refused, "field", "")
    if field not in form.fields:
        return str(refused)
    form.add_error(field, str(refused))
    return ""


def attach_given(request: SignedInRequest, case: Case, given: Any, *, subject: str, subject_id: int, now: Any) -> None:
    """Keep the file that came with a form, if one did: last in its transaction. Raises AttachmentRefused."""
    if given:
        attach(
            case=case, file=given, file_name=given.name, actor=request.user, now=now, subject=subject,
            subject_id=subject_id,
        )  # fmt: skip
