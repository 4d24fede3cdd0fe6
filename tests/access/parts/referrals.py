"""Referrals to other departments, and suggestions of the staff."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from collection_ops.core.models import User
from compliance.complaints.register import Said, Whose, receive
from compliance.models import Department, DepartmentMember, Referral, Suggestion
from compliance.routing.answering import answer
from compliance.routing.referring import ask
from compliance.suggestions.answering import answer as answer_suggestion
from compliance.suggestions.filing import file_suggestion
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import desk_of, make_case


def _department(cast: Cast) -> Department:
    found, _made = Department.objects.get_or_create(code="sample", defaults={"name": "样例部门"})
    DepartmentMember.objects.get_or_create(department=found, user=cast["finance"])
    return found


def _case(cast: Cast) -> Any:
    return make_case(desk=desk_of(cast["collector"]))


def _complaint(cast: Cast) -> dict[str, Any]:
    case, now = _case(cast), timezone.now()
    said = Said(source="hotline", type="fee", narrative="样例", received_at=now)
    whose = Whose(debtor=case.loan.debtor, case=case)
    return {"complaint_id": receive(said=said, whose=whose, accused=[], actor=cast["clerk"], now=now, tell=False).pk}


def _referral(cast: Cast) -> Referral:
    return ask(
        department=_department(cast), question="请核对", actor=cast["collector"], now=timezone.now(), case=_case(cast)
    )


def _answered(cast: Cast) -> dict[str, Any]:
    one = _referral(cast)
    answer(referral=one, words="已核对", actor=cast["finance"], now=timezone.now())
    return {"referral_id": one.pk}


def _id(cast: Cast) -> dict[str, Any]:
    return {"referral_id": _referral(cast).pk}


def _of_department(cast: Cast) -> dict[str, Any]:
    return {"department_id": _department(cast).pk}


def _suggestion(cast: Cast) -> Suggestion:
    return file_suggestion(area="system", text="样例问题", actor=cast["collector"], now=timezone.now())


def _suggested(cast: Cast) -> dict[str, Any]:
    return {"suggestion_id": _suggestion(cast).pk}


def _done(cast: Cast) -> dict[str, Any]:
    one = _suggestion(cast)
    answer_suggestion(suggestion=one, decision="done", words="已改", actor=cast["manager"], now=timezone.now())
    return {"suggestion_id": one.pk}


def _values(build: Callable[[Cast], dict[str, Any]], **values: Any) -> Callable[[Cast], Filled]:
    return lambda cast: (build(cast), values)


def _question(about: Callable[[Cast], dict[str, Any]]) -> Callable[[Cast], Filled]:
    return lambda cast: (about(cast), {"department": _department(cast).pk, "kind": "fee", "question": "请核对罚息"})


def _member(cast: Cast) -> Filled:
    return _of_department(cast), {"do": "add", "user": cast["admin"].pk}


def _duplicate(cast: Cast) -> Filled:
    return _suggested(cast), {"to": _suggestion(cast).pk}


def _again(cast: Cast) -> Filled:
    return _answered(cast), {"department": _department(cast).pk, "reason": "请附依据"}


ACTS = ("", "_take", "_answer", "_return", "_accept", "_again", "_withdraw", "_told")
SUGGESTION_ACTS = ("", "_answer", "_duplicate", "_assign", "_verdict", "_support")

ROUTES = {
    "compliance:referral_new": _complaint,
    "compliance:referral_new_for": lambda cast: {"case_id": _case(cast).pk},
    **{f"compliance:referral{act}": _id for act in ACTS},
    "compliance:department": _of_department,
    "compliance:department_member": _of_department,
    **{f"compliance:suggestion{act}": _suggested for act in SUGGESTION_ACTS},
}
FORMS = {
    "compliance:referral_new": Form("compliance", _question(_complaint), doubles=True),
    "compliance:referral_new_for": Form("collector", _question(lambda cast: {"case_id": _case(cast).pk}), doubles=True),
    "compliance:referral_take": Form("finance", _values(_id)),
    "compliance:referral_answer": Form("finance", _values(_id, answer="已核对")),
    "compliance:referral_return": Form("finance", _values(_id, reason="不归我们办理")),
    "compliance:referral_accept": Form("collector", _values(_answered)),
    "compliance:referral_again": Form("collector", _again),
    "compliance:referral_withdraw": Form("collector", _values(_id, reason="不需要了")),
    "compliance:referral_told": Form(
        "collector", lambda cast: (_answered(cast), {"on": timezone.localdate().isoformat(), "how": "电话告知"})
    ),
    "compliance:department_new": Form(
        "compliance", _values(lambda cast: {}, code="new", name="新部门", is_active="on")
    ),
    "compliance:department": Form("compliance", _values(_of_department, code="sample", name="改名", is_active="on")),
    "compliance:department_member": Form("compliance", _member),
    "compliance:suggestion_new": Form(
        "collector", _values(lambda cast: {}, area="system", text="样例", urgency="normal"), doubles=True
    ),
    "compliance:suggestion_answer": Form("manager", _values(_suggested, decision="done", words="已改", seen="open")),
    "compliance:suggestion_duplicate": Form("manager", _duplicate),
    "compliance:suggestion_assign": Form("manager", lambda cast: (_suggested(cast), {"owner": cast["admin"].pk})),
    "compliance:suggestion_verdict": Form("collector", _values(_done, content="yes", because="")),
    "compliance:suggestion_support": Form("clerk", _values(_suggested)),
    "compliance:suggestion_owners": Form("manager", lambda cast: ({}, {"system": cast["admin"].pk})),
}


def of_others(cast: Cast, case: Any, person: User) -> dict[str, Any]:
    """A question about the case to a department that the person does not belong to; a suggestion that names the case."""
    now, stranger = timezone.now(), cast["outsider"]
    to, _made = Department.objects.get_or_create(code="theirs", defaults={"name": "别的部门"})
    referral, _made = Referral.objects.get_or_create(
        case=case, asked_by=stranger,
        defaults={
            "department": to, "kind": "fee", "question": "别人的", "debtor": case.loan.debtor, "asked_at": now,
            "due_on": timezone.localdate() + dt.timedelta(days=3),
        },
    )  # fmt: skip
    suggestion, _made = Suggestion.objects.get_or_create(
        case=case, filed_by=stranger, defaults={"area": "system", "text": "别人的", "filed_at": now}
    )
    return {
        "compliance:referral_new_for": ({"case_id": case.pk}, "case_id"),
        **{f"compliance:referral{act}": ({"referral_id": referral.pk}, "referral_id") for act in ACTS},
        **{
            f"compliance:suggestion{act}": ({"suggestion_id": suggestion.pk}, "suggestion_id")
            for act in SUGGESTION_ACTS
        },
    }
