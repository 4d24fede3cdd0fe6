"""Objects for the arguments of routes, and the values that must never leave the house.

Every app adds to this file when it adds a route: `ROUTES["cases:record"] = lambda cast: {"case_id": ...}` builds (once a
test) the object that the route's arguments name. Routes whose arguments are not listed fall back to `ARGUMENTS`.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from cases.models import (
    Absence,
    Attachment,
    Case,
    ContactPoint,
    Disposition,
    Hold,
    ImportRow,
    ImportRun,
    PlanKind,
    Promise,
    Repayment,
    RepaymentPlan,
    RiskFlag,
    Source,
    Waiver,
)
from cases.plans.schedule import Terms
from cases.services.plans import propose_plan
from collection_ops.core.models import ApiToken, Job, Notification, SavedView
from collection_ops.core.services.api_tokens import issue_token
from compliance.models import (
    ContactAttempt,
    GateDecision,
    MessageTemplate,
    QueuedMessage,
    ResultCode,
    RuleChange,
    TalkingPoint,
)
from compliance.reference import seed_codes
from compliance.services.call_details import CallDetails
from compliance.services.log import close_attempt
from compliance.services.talking_points import decide_point, submit_point
from tests.access import parts
from tests.access.form import Cast
from tests.cases.builders import desk_of, make_case, make_run, make_source


def _job(cast: Cast) -> Job:
    return Job.objects.create(kind="test.sample", title="样例任务", created_by=cast["supervisor"])


def _token(cast: Cast) -> ApiToken:
    return issue_token(integration="样例", scopes=["cases.read"], actor=cast["admin"], now=timezone.now())[0]


def _notification(cast: Cast) -> Notification:
    return Notification.objects.create(user=cast["supervisor"], kind="job.done", params={"title": "样例"})


def _import_run(cast: Cast) -> ImportRun:
    source, _made = Source.objects.get_or_create(code="sample", defaults={"name": "样例来源"})
    return ImportRun.objects.create(
        source=source, as_of=dt.date(2026, 3, 31), file_name="样例.xlsx", stored_name="imports/none", sha256="0" * 64,
        uploaded_by=cast["clerk"],
    )  # fmt: skip


def _error_job(cast: Cast) -> dict[str, Any]:
    run = _import_run(cast)
    job = Job.objects.create(kind="cases.error_workbook", params={"run": run.pk}, created_by=cast["clerk"])
    return {"run_id": run.pk, "job_id": job.pk}


IMPORT_RUN_ROUTES = (
    *("run", "step", "answer", "unlock", "expect", "apply", "submit", "withdraw", "approve", "return", "discard"),
    *("undo", "undo_check", "undo_blocked", "problems", "file", "errors"),
)

# Route name → the keyword arguments of a real object.
ROUTES: dict[str, Callable[[Cast], dict[str, Any]]] = {
    **{f"cases:import_{name}": lambda cast: {"run_id": _import_run(cast).pk} for name in IMPORT_RUN_ROUTES},
    "cases:import_rows": lambda cast: {"run_id": _import_run(cast).pk, "difference": "new"},
    "cases:import_errors_file": _error_job,
    "core:job": lambda cast: {"job_id": _job(cast).pk},
    "core:notification": lambda cast: {"notification_id": _notification(cast).pk},
    "core:token": lambda cast: {"token_id": _token(cast).pk},
    "core:token_revoke": lambda cast: {"token_id": _token(cast).pk},
    "core:user": lambda cast: {"user_id": cast["collector"].pk},
    "core:user_action": lambda cast: {"user_id": cast["collector"].pk, "action": "disable"},
}


def _case(cast: Cast) -> Case:
    """One case of somebody, on the collector's desk; the same for every route of a test."""
    return Case.objects.filter(loan__contract_no="SAMPLE-1").first() or make_case(
        contract_no="SAMPLE-1",
        name=NAMES[0],
        desk=desk_of(cast["collector"]),
        id_no=SECRETS[0],
        phones=(SECRETS[1],),
        run=make_run(make_source(), uploaded_by=cast["clerk"]),
    )


def _absent(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    case.absent_since = case.as_of
    case.save(update_fields=["absent_since"])
    return {}


def _explained(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    absence = Absence.objects.create(
        case=case, as_of=case.as_of, run=case.last_run, reason="file_cut", explained_by=cast["supervisor"],
        explained_at=timezone.now(),
    )  # fmt: skip
    return {"absence_id": absence.pk}


def _listed(cast: Cast) -> dict[str, Any]:
    _case(cast)
    return {}


def _waiting(cast: Cast) -> dict[str, Any]:
    """Money nobody could be found for, with the payer's name in its file's row."""
    run = _import_run(cast)
    row = ImportRow.objects.create(
        run=run, sheet="还款", row_number=2, state="accepted", debtor_name=NAMES[0], paid_on=run.as_of, amount=1
    )
    payment = Repayment.objects.create(
        source=run.source, contract_no="HT-0", paid_on=run.as_of, amount=1, run=run, row=row.pk
    )
    return {"repayment_id": payment.pk}


def _waiting_list(cast: Cast) -> dict[str, Any]:
    _waiting(cast)
    return {}


def _saved_view(cast: Cast) -> dict[str, Any]:
    return {"view_id": SavedView.objects.create(user=cast["supervisor"], page="cases.list", name="样例", query={}).pk}


def _case_id(cast: Cast) -> dict[str, Any]:
    return {"case_id": _case(cast).pk}


def planned_case(cast: Cast) -> Case:
    return Case.objects.filter(loan__contract_no="SAMPLE-2").first() or make_case(
        contract_no="SAMPLE-2", name=NAMES[0], desk=desk_of(cast["collector"])
    )


def plan_of(cast: Cast) -> RepaymentPlan:
    """The collector's proposal about a case of its own (others are missing from their file, or closed); the same for every
    route of a test."""
    case = planned_case(cast)
    found = RepaymentPlan.objects.filter(case=case).first()
    terms = Terms(PlanKind.LUMP_SUM, case.total, first_on=timezone.localdate())
    return found or propose_plan(
        case=case, terms=terms, actor=cast["collector"], now=timezone.now(), proof_kind="document", proof_ref="XY-1"
    )


def _plan(cast: Cast) -> dict[str, Any]:
    return {"plan_id": plan_of(cast).pk}


def _plan_list(cast: Cast) -> dict[str, Any]:
    _plan(cast)
    return {}


def _position(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    return {"case_id": case.pk, "run_id": case.last_run_id}


def _own_number(case: Case) -> ContactPoint:
    return case.loan.debtor.contact_points.get(relation="")


def _contact(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    return {"case_id": case.pk, "contact_id": _own_number(case).pk}


def _attempt(cast: Cast) -> dict[str, Any]:
    """The open call of the collector: nobody has two with one person."""
    seed_codes()
    case = _case(cast)
    debtor = case.loan.debtor
    attempt, _made = ContactAttempt.objects.get_or_create(
        debtor=debtor, actor=cast["collector"], state="open",
        defaults={
            "case": case, "point": _own_number(case), "loans": [case.loan_id], "channel": "call",
            "opened_at": timezone.now() - dt.timedelta(minutes=3),
        },
    )  # fmt: skip
    return {"attempt_id": attempt.pk}


def _third(cast: Cast) -> dict[str, Any]:
    """A third person's number: what is found out about it has no effect on the samples' own."""
    case = _case(cast)
    point, _made = ContactPoint.objects.get_or_create(
        debtor=case.loan.debtor, kind="phone", value_index="third",
        defaults={"value": "13900002222", "masked": "139****2222", "relation": "姑姑", "origin": "contract"},
    )  # fmt: skip
    return {"case_id": case.pk, "contact_id": point.pk}


def _hold(cast: Cast) -> dict[str, Any]:
    """A death without a paper, placed by the collector."""
    debtor = _case(cast).loan.debtor
    now = timezone.now()
    hold, _made = Hold.objects.get_or_create(
        debtor=debtor, type="deceased",
        defaults={"since": now, "placed_at": now, "proven": False, "reason": "亲属来电", "placed_by": cast["collector"]},
    )  # fmt: skip
    return {"hold_id": hold.pk}


def _pause(cast: Cast) -> dict[str, Any]:
    now = timezone.now()
    hold, _made = Hold.objects.get_or_create(
        debtor=_case(cast).loan.debtor, type="illness",
        defaults={"since": now, "ends_at": now + dt.timedelta(days=3), "placed_at": now, "reason": "住院"},
    )  # fmt: skip
    return {"hold_id": hold.pk}


def _flag(cast: Cast) -> dict[str, Any]:
    flag, _made = RiskFlag.objects.get_or_create(
        case=_case(cast), type="high", state="open",
        defaults={
            "evidence": "多次失约", "proposal": "watch", "raised_by": cast["collector"], "raised_at": timezone.now(),
        },
    )  # fmt: skip
    return {"flag_id": flag.pk}


def _disposition(cast: Cast, *, with_step: bool = False) -> Disposition:
    now = timezone.now()
    decided = {"decided_by": cast["supervisor"], "decided_at": now, "raised_by": cast["collector"], "raised_at": now}
    flag, _made = RiskFlag.objects.get_or_create(
        case=_case(cast), type="lost", state="accepted",
        defaults={"evidence": "号码全部失效", "proposal": "tracing", **decided},
    )  # fmt: skip
    plan, _made = Disposition.objects.get_or_create(
        flag=flag, defaults={"case": flag.case, "kind": "tracing", "opened_by": cast["supervisor"], "opened_at": now}
    )
    if with_step and not plan.steps.exists():
        plan.steps.create(
            what="核对登记地址", owner=cast["collector"], due_on=timezone.localdate(), created_by=cast["supervisor"],
            created_at=now,
        )  # fmt: skip
    return plan


def _step(cast: Cast) -> dict[str, Any]:
    return {"step_id": _disposition(cast, with_step=True).steps.get().pk}


def _attachment(cast: Cast) -> dict[str, Any]:
    file = Attachment.objects.create(
        case=_case(cast), file_name="证明.png", stored_name=f"attachments/{Attachment.objects.count()}", kind="png",
        size=1, sha256="0" * 64, added_by=cast["collector"], added_at=timezone.now(),
    )  # fmt: skip
    return {"attachment_id": file.pk}


ROUTES |= {
    "cases:holds": lambda cast: _hold(cast) and {},
    "cases:hold_place": _case_id,
    **{f"cases:hold{name}": _hold for name in ("", "_lift", "_prove")},
    "cases:hold_renew": _pause,
    "cases:risks": lambda cast: _flag(cast) and {},
    "cases:risk_raise": _case_id,
    **{f"cases:risk{name}": _flag for name in ("", "_decide")},
    "cases:disposition": lambda cast: {"disposition_id": _disposition(cast, with_step=True).pk},
    "cases:step_add": lambda cast: {"disposition_id": _disposition(cast).pk},
    "cases:step_done": _step,
    "cases:disposition_end": lambda cast: {"disposition_id": _disposition(cast).pk},
    "cases:point": _third,
    "cases:point_add": _case_id,
    "cases:attach": _case_id,
    "cases:attachment": _attachment,
}


def _decision(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    point = _own_number(case)
    decision = GateDecision.objects.create(
        debtor_id=case.loan.debtor_id, case=case, actor=cast["collector"], channel="call", purpose="demand",
        decided_at=timezone.now(), verdict="block",
        facts={"now": timezone.now().isoformat(), "action": {"point": str(point.pk)}},
    )  # fmt: skip
    return {"decision_id": decision.pk}


def _change(cast: Cast) -> dict[str, Any]:
    """A loosening that the compliance officer proposed."""
    change, _made = RuleChange.objects.get_or_create(
        pack="CN-DEFAULT", rule="CN-F-01", state="proposed",
        defaults={
            "params": {"most": 4}, "effective_from": timezone.localdate(), "loosens": True, "reason": "样例",
            "proposed_by": cast["compliance"], "proposed_at": timezone.now(),
        },
    )  # fmt: skip
    return {"change_id": change.pk}


def _template(cast: Cast, **columns: Any) -> MessageTemplate:
    found, _made = MessageTemplate.objects.get_or_create(
        code="sample", version=1,
        defaults={
            "body": "请致电{phone}", "author": cast["supervisor"], "written_at": timezone.now(),
            "valid_from": timezone.localdate(), **columns,
        },
    )  # fmt: skip
    return found


def _message(cast: Cast) -> dict[str, Any]:
    case = _case(cast)
    message = QueuedMessage.objects.create(
        case=case, point=_own_number(case),
        template=_template(cast, state="approved", approved_by=cast["compliance"]), queued_by=cast["collector"],
        queued_at=timezone.now(), send_after=timezone.now(),
    )  # fmt: skip
    return {"case_id": case.pk, "message_id": message.pk}


def _outbox(cast: Cast) -> dict[str, Any]:
    _message(cast)
    return {}


ROUTES |= {
    "workbench:message": _case_id,
    "workbench:message_cancel": _message,
    "compliance:outbox": _outbox,
    "compliance:decision": _decision,
    "compliance:pack_switch": lambda cast: {"pack": "US-REGF"},
    **{f"compliance:{name}": lambda cast: {"rule_id": "CN-T-01"} for name in ("rule_trial", "rule_change")},
    **{f"compliance:{name}": _change for name in ("change_decide", "change_withdraw")},
    **{
        f"compliance:{name}": lambda cast: {"template_id": _template(cast).pk}
        for name in ("template", "template_decide", "template_retire")
    },
}


def _any_hold(cast: Cast) -> Hold:
    debtor = _case(cast).loan.debtor
    return Hold.objects.filter(debtor=debtor).first() or Hold.objects.create(
        debtor=debtor, type="illness", since=timezone.now(), reason="住院"
    )


def _promise(cast: Cast) -> dict[str, Any]:
    case, today = _case(cast), timezone.localdate()
    promise = Promise.objects.create(
        case=case, amount=100, enough=99, made_on=today, due_on=today + dt.timedelta(days=2), owed=case.total,
        stage=case.stage, counts_until=today + dt.timedelta(days=3), made_by=cast["collector"],
    )  # fmt: skip
    return {"promise_id": promise.pk}


def _waiver(cast: Cast, **columns: Any) -> dict[str, Any]:
    """One that waits; a case has one at a time, so the same for every route of a test."""
    case, today = _case(cast), timezone.localdate()
    fresh = {"fees": 10, "valid_until": today, "needs_high": False, "needs_people": 1, "applied_by": cast["collector"]}
    waiver, _made = Waiver.objects.get_or_create(case=case, defaults={"reason": "失业", **fresh, **columns})
    return {"waiver_id": waiver.pk}


def _waiver_list(cast: Cast) -> dict[str, Any]:
    _waiver(cast)
    return {}


def _unrecorded(cast: Cast) -> dict[str, Any]:
    """A talk that was told and not recorded."""
    attempt = ContactAttempt.objects.get(pk=_attempt(cast)["attempt_id"])
    close_attempt(
        attempt=attempt, details=CallDetails(ResultCode.objects.get(code="TALKED")), actor=cast["collector"],
        now=timezone.now(),
    )  # fmt: skip
    return {"attempt_id": attempt.pk}


def _unrecorded_list(cast: Cast) -> dict[str, Any]:
    _unrecorded(cast)
    return {}


def _words(cast: Cast) -> TalkingPoint:
    return submit_point(topic="owed", text="您逾期 {days} 天。", author=cast["supervisor"], now=timezone.now())


def _words_in_use(cast: Cast) -> TalkingPoint:
    return decide_point(point=_words(cast), approve=True, actor=cast["compliance"], now=timezone.now())


ROUTES |= {
    "workbench:attempt_confirm": _attempt,
    "workbench:attempt_dial": _attempt,
    "compliance:recordings": _unrecorded_list,
    "compliance:recording_review": _unrecorded,
    **{
        f"compliance:talking_point{name}": lambda cast: {"point_id": _words(cast).pk}
        for name in ("", "_decide", "_retire")
    },
    "workbench:desk": _listed,
    "workbench:next": _listed,
    "workbench:plan": _listed,
    **{f"workbench:{name}": _case_id for name in ("desk_case", "hold", "leave", "payday")},
    "cases:promise_make": _case_id,
    "cases:promise_cancel": _promise,
    "cases:waivers": _waiver_list,
    "cases:waiver_apply": _case_id,
    **{f"cases:{name}": _waiver for name in ("waiver", "waiver_decide", "waiver_withdraw", "waiver_use")},
    "core:setting": lambda cast: {"name": "promise.grace_days"},
    "core:setting_change": lambda cast: {"name": "promise.grace_days"},
    "workbench:contact": _case_id,
    "workbench:contact_open": _case_id,
    "workbench:attempt": _attempt,
    "workbench:attempt_record": _attempt,
    "workbench:attempt_cancel": _attempt,
    "cases:list": _listed,
    "cases:absences": _absent,
    "cases:absence_take_back": _explained,
    **{f"cases:waiting_{name}": _waiting for name in ("payment", "match", "release")},
    "cases:waiting_money": _waiting_list,
    "cases:record": _case_id,
    **{f"cases:plan_{name}": _case_id for name in ("new", "preview", "propose")},
    **{f"cases:plan_{name}": _plan for name in ("decide", "proof", "withdraw", "end", "agreement")},
    "cases:plan": _plan,
    "cases:plans": _plan_list,
    "cases:timeline": _case_id,
    "cases:positions": _case_id,
    "cases:provenance": _position,
    "cases:reveal": _contact,
    "cases:reveal_id": _case_id,
    "cases:view_change": _saved_view,
    "cases:export_file": lambda cast: {"job_id": _job(cast).pk},
    "api:case": _case_id,
    "api:hold_lift": lambda cast: {"hold_id": _any_hold(cast).pk},
    **{f"api:{name}": _attempt for name in ("attempt", "attempt_close", "attempt_cancel")},
    "compliance:rule": lambda cast: {"rule_id": "CN-T-01"},
    "reports:overview": _listed,
}

# Argument name → a value that fits any route with it (mostly the admin's own routes).
ROUTES |= parts.together("ROUTES")

ARGUMENTS: dict[str, Any] = {
    "app_label": "core",
    "url": "nowhere",
    "content_type_id": 1,
    "object_id": "1",
}

# What no page shows in full to anybody who merely opens it: phones and ID numbers of the sample people.
SECRETS: list[str] = ["110101199003070038", "13800001234"]

# Full names of sample people: only for those who have `names.see`.
NAMES: list[str] = ["欧阳样例人"]
