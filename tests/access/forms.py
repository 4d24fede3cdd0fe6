"""Every form of the site, filled in so that it has an effect: who sends it, about what, with which values.

Add a line for every route that takes a POST, here or in a part (tests/access/parts): `FORMS[route] = Form(role, build)`. A
route that has no effect to double stands in `WITHOUT_EFFECT` with its reason.
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from agents.workbench.queue.weights import LINES
from cases.models import Absence, ImportRun, Repayment, RunState
from cases.services.plans import decide_plan
from collection_ops.core.models import SavedView
from tests.access import parts, samples
from tests.access.form import Cast, Filled, Form
from tests.cases.builders import make_run, make_source
from tests.cases.care.files import upload


def _run(cast: Cast, state: RunState, **columns: Any) -> ImportRun:
    run = samples._import_run(cast)
    ImportRun.objects.filter(pk=run.pk).update(state=state, **columns)
    run.refresh_from_db()
    return run


def _upload(cast: Cast) -> Filled:
    file = SimpleUploadedFile("逾期明细20260331.csv", "合同编号,逾期总额,逾期天数\nA1,1.00,3\n".encode())
    return {}, {"source": make_source().pk, "as_of": "2026-03-31", "file": file}


def _answer(cast: Cast) -> Filled:
    option = {"value": "due_date", "text": "", "samples": []}
    question = {"code": "", "key": "还款日期", "column": "A", "heading": "还款日期", "options": [option]}
    run = _run(cast, RunState.ASKING, questions=[{**question, "samples": [], "params": {}}])
    return {"run_id": run.pk}, {"question-0": "due_date"}


def _of_run(state: RunState, *, values: dict[str, Any] | None = None, **columns: Any) -> Callable[[Cast], Filled]:
    return lambda cast: ({"run_id": _run(cast, state, **columns).pk}, values or {})


def _held(state: RunState, **values: Any) -> Callable[[Cast], Filled]:
    """A run of which fewer rows were read than its sender named."""

    def build(cast: Cast) -> Filled:
        counts = {"read": 1, "accepted": 1}
        sent = {"submitted_by": cast["clerk"], "submitted_at": timezone.now()} if state == RunState.SUBMITTED else {}
        run = _run(cast, state, row_counts=counts, expected_rows=9, **sent)
        return {"run_id": run.pk}, values

    return build


def _waiting_money(cast: Cast, **columns: Any) -> Repayment:
    case = samples._case(cast)
    return Repayment.objects.create(
        source=case.loan.source, contract_no="写错的合同号", paid_on=case.as_of, amount=1, **columns
    )


def _match(cast: Cast) -> Filled:
    return {"repayment_id": _waiting_money(cast).pk}, {"contract_no": "SAMPLE-1"}


def _release(cast: Cast) -> Filled:
    case = samples._case(cast)
    matched = {"loan": case.loan, "matched_at": timezone.now(), "matched_by": cast["clerk"]}
    return {"repayment_id": _waiting_money(cast, **matched).pk}, {}


def _explain(cast: Cast) -> Filled:
    case = samples._case(cast)
    case.absent_since = case.as_of
    case.save(update_fields=["absent_since"])
    later = make_run(case.loan.source, case.as_of + dt.timedelta(days=1), uploaded_by=cast["clerk"])
    Absence.objects.create(case=case, as_of=case.as_of, run=later, reason="")
    return {}, {"case": [case.pk], "reason": "paid", "note": "已核对流水", "query": ""}


def _view(cast: Cast) -> Filled:
    view = SavedView.objects.create(user=cast["supervisor"], page="cases.list", name="样例", query={})
    return {"view_id": view.pk}, {"do": "delete"}


def _reveal(cast: Cast) -> Filled:
    return samples._contact(cast), {"reason": "contact", "note": ""}


def _call(cast: Cast) -> Filled:
    """Whatever the hour: an answer of the gate is written down, allowed or refused."""
    case = samples._case(cast)
    return {"case_id": case.pk}, {"point": str(samples._own_number(case).pk)}


def _propose(cast: Cast) -> Filled:
    case = samples.planned_case(cast)
    today = timezone.localdate().isoformat()
    return {"case_id": case.pk}, {"kind": "lump_sum", "total": str(case.total), "first_on": today}


def _plan_form(**values: Any) -> Callable[[Cast], Filled]:
    return lambda cast: ({"plan_id": samples.plan_of(cast).pk}, values)


def _active_plan(cast: Cast) -> Filled:
    plan = decide_plan(plan=samples.plan_of(cast), approve=True, actor=cast["team_leader"], now=timezone.now())
    return {"plan_id": plan.pk}, {"reason": "客户要求"}


def _weights(cast: Cast) -> Filled:
    values = {line.name: line.default for line in LINES}
    return {}, {**values, "hour": "55", "reason": "多在合适的时段联系", "based_on": "0", "do": "save"}


def _send(cast: Cast) -> Filled:
    case = samples._case(cast)
    template = samples._template(cast, state="approved", approved_by=cast["compliance"])
    return {"case_id": case.pk}, {
        "point": str(samples._own_number(case).pk),
        "template": str(template.pk),
    }


def _tighten(cast: Cast) -> Filled:
    values = {"p_start": "21:00", "p_end": "08:00", "p_agreed": "yes", "verdict": "block"}
    return {"rule_id": "CN-T-01"}, {**values, "effective_from": f"{timezone.localdate()}", "reason": "投诉增多"}


def _text(cast: Cast) -> Filled:
    values = {"code": "sample", "channel": "sms", "audience": "debtor", "purpose": "demand", "body": "请致电{phone}"}
    return {}, {**values, "valid_from": f"{timezone.localdate()}", "valid_to": ""}


SWITCH_ON = {"on": "yes", "reason": "代理美国债权"}


def _user_form(**changes: Any) -> dict[str, Any]:
    return {"display_name": "新人", "unit": "team-b", "email": "", "roles": ["collector"], **changes}


def _place_hold(cast: Cast) -> Filled:
    day = timezone.localdate() + dt.timedelta(days=7)
    return samples._case_id(cast), {"type": "illness", "reason": "住院", "last_day": day.isoformat()}


def _renew_hold(cast: Cast) -> Filled:
    day = timezone.localdate() + dt.timedelta(days=20)
    return samples._pause(cast), {"last_day": day.isoformat(), "reason": "仍在住院"}


def _step(cast: Cast) -> Filled:
    day = timezone.localdate() + dt.timedelta(days=3)
    step = {"what": "回访", "owner": cast["collector"].pk, "due_on": day.isoformat()}
    return {"disposition_id": samples._disposition(cast).pk}, step


def _attach(cast: Cast) -> Filled:
    return samples._case_id(cast), {"file": upload(), "note": "证明"}


RISK = {"type": "hardship", "evidence": "来电：失业", "proposal": "assistance"}
NUMBER = {"kind": "phone", "value": "13900003333", "origin": "debtor_call"}
TOKEN = {"integration": "外呼", "scopes": ["cases.read"], "days": "30", "requests_per_minute": "60"}


def _promised(cast: Cast) -> Filled:
    due_on = timezone.localdate() + dt.timedelta(days=2)
    return samples._case_id(cast), {"promise-amount": "500.00", "promise-due_on": due_on.isoformat()}


def _waiver_form(cast: Cast) -> Filled:
    case = samples._case(cast)
    case.fees = 50
    case.save(update_fields=["fees"])
    until = timezone.localdate() + dt.timedelta(days=2)
    return {"case_id": case.pk}, {
        "waiver-fees": "50.00",
        "waiver-valid_until": until.isoformat(),
        "waiver-reason": "失业",
    }


def _waived(cast: Cast, **columns: Any) -> dict[str, Any]:
    """A waiver of fees that are owed."""
    case = samples._case(cast)
    case.fees = 50
    case.save(update_fields=["fees"])
    return samples._waiver(cast, **columns)


def _settled(cast: Cast) -> Filled:
    """An approved waiver, and the money that came after it."""
    now = timezone.now()
    arguments = _waived(cast, state="approved", first_by=cast["supervisor"], first_at=now)
    case = samples._case(cast)
    money = Repayment.objects.create(
        source=case.loan.source, contract_no="SAMPLE-1", loan=case.loan, paid_on=timezone.localdate(), amount=1,
        status="confirmed",
    )  # fmt: skip
    return arguments, {"repayment": str(money.pk)}


def _setting(cast: Cast) -> Filled:
    values = {"value": "2", "effective_from": timezone.localdate().isoformat(), "reason": "月末放宽"}
    return {"name": "promise.grace_days"}, values


WORDS = {"topic": "owed", "audience": "debtor", "reason": "", "temper": "", "text": "您逾期 {days} 天。"}
EXPORT = {"file_format": "csv", "reason": "核对月末余额", "query": "status=all"}

FORMS: dict[str, Form] = {
    "cases:import_upload": Form("clerk", _upload, doubles=True),
    "cases:import_answer": Form("clerk", _answer),
    "cases:import_apply": Form("clerk", _of_run(RunState.PREVIEW, row_counts={"read": 1, "accepted": 1})),
    "cases:import_expect": Form("clerk", _of_run(RunState.PREVIEW, values={"expected_rows": "12"})),
    "cases:import_submit": Form("clerk", _held(RunState.PREVIEW, note="月末停报，已核对")),
    "cases:import_withdraw": Form("clerk", _held(RunState.SUBMITTED)),
    "cases:import_approve": Form("supervisor", _held(RunState.SUBMITTED, note="属实")),
    "cases:import_return": Form("supervisor", _held(RunState.SUBMITTED, reason="请先向来源核实")),
    "cases:import_discard": Form("clerk", _of_run(RunState.PREVIEW)),
    "cases:import_undo": Form("clerk", _of_run(RunState.APPLIED, applied_at=timezone.now()), audited=False),
    "cases:import_errors": Form("clerk", _of_run(RunState.PREVIEW), audited=False, doubles=True),
    "cases:columns": Form("supervisor", lambda cast: ({}, {"columns": ["contract_no", "total"]}), audited=False),
    "cases:view_save": Form("supervisor", lambda cast: ({}, {"name": "我的", "query": "status=all"}), audited=False),
    "cases:view_change": Form("supervisor", _view, audited=False),
    "cases:export": Form("supervisor", lambda cast: ({}, EXPORT), doubles=True),
    "cases:absences_explain": Form("supervisor", _explain),
    "cases:absence_take_back": Form("supervisor", lambda cast: (samples._explained(cast), {})),
    "cases:waiting_match": Form("clerk", _match),
    "cases:waiting_release": Form("clerk", _release),
    "cases:hold_place": Form("collector", _place_hold),
    "cases:hold_lift": Form("supervisor", lambda cast: (samples._hold(cast), {"reason": "误传"})),
    "cases:hold_renew": Form("supervisor", _renew_hold),
    "cases:hold_prove": Form("collector", lambda cast: (samples._hold(cast), {"proof": "死亡证明 12"})),
    "cases:risk_raise": Form("collector", lambda cast: (samples._case_id(cast), RISK)),
    "cases:risk_decide": Form(
        "supervisor", lambda cast: (samples._flag(cast), {"decision": "accept", "reason": "属实", "kind": "watch"})
    ),
    "cases:step_add": Form("supervisor", _step, doubles=True),
    "cases:step_done": Form("collector", lambda cast: (samples._step(cast), {"result": "已核对"})),
    "cases:disposition_end": Form(
        "supervisor", lambda cast: ({"disposition_id": samples._disposition(cast).pk}, {"result": "已联系上"})
    ),
    "cases:point": Form(
        "collector", lambda cast: (samples._third(cast), {"status": "refused", "reason": "要求不再联系"})
    ),
    "cases:point_add": Form("collector", lambda cast: (samples._case_id(cast), NUMBER)),
    "cases:attach": Form("collector", _attach, doubles=True),
    "workbench:weights": Form("supervisor", _weights),
    "workbench:payday": Form("collector", lambda cast: (samples._case_id(cast), {"day": "15"})),
    "workbench:view_save": Form("collector", lambda cast: ({}, {"name": "大额"}), audited=False),
    "cases:promise_make": Form("collector", _promised),
    "cases:promise_cancel": Form("collector", lambda cast: (samples._promise(cast), {"reason": "听错了"})),
    "cases:waiver_apply": Form("collector", _waiver_form),
    "cases:waiver_withdraw": Form("collector", lambda cast: (samples._waiver(cast), {})),
    "cases:waiver_decide": Form("supervisor", lambda cast: (_waived(cast), {"decision": "approve", "reason": ""})),
    "cases:waiver_use": Form("supervisor", _settled),
    "core:setting_change": Form("manager", _setting, doubles=True),
    "cases:plan_propose": Form("collector", _propose),
    "cases:plan_decide": Form("team_leader", _plan_form(verdict="approve", note="")),
    "cases:plan_proof": Form("collector", _plan_form(proof_kind="recording", proof_ref="LY-2"), doubles=True),
    "cases:plan_withdraw": Form("collector", _plan_form()),
    "cases:plan_end": Form("team_leader", _active_plan),
    "workbench:contact_open": Form("collector", _call),
    "workbench:attempt_record": Form("collector", lambda cast: (samples._attempt(cast), {"code": "NO_ANSWER"})),
    "workbench:attempt_confirm": Form(
        "collector", lambda cast: (samples._attempt(cast), {"factors": ["name", "id_last4"]})
    ),
    "compliance:recording_review": Form(
        "compliance", lambda cast: (samples._unrecorded(cast), {"finding": "录音服务中断"})
    ),
    "compliance:talking_point_new": Form("supervisor", lambda cast: ({}, WORDS), doubles=True),
    "compliance:talking_point_decide": Form(
        "compliance", lambda cast: ({"point_id": samples._words(cast).pk}, {"decision": "approve", "note": ""})
    ),
    "compliance:talking_point_retire": Form(
        "compliance", lambda cast: ({"point_id": samples._words_in_use(cast).pk}, {"note": "措辞不当"})
    ),
    "workbench:attempt_cancel": Form("collector", lambda cast: (samples._attempt(cast), {})),
    "workbench:message": Form("collector", _send),
    "workbench:message_cancel": Form("collector", lambda cast: (samples._message(cast), {})),
    "compliance:rule_change": Form("compliance", _tighten),
    "compliance:pack_switch": Form(
        "compliance",
        lambda cast: ({"pack": "US-REGF"}, {**SWITCH_ON, "effective_from": f"{timezone.localdate()}"}),
    ),
    "compliance:change_decide": Form("manager", lambda cast: (samples._change(cast), {"approve": "yes"})),
    "compliance:change_withdraw": Form("compliance", lambda cast: (samples._change(cast), {})),
    "compliance:template_new": Form("supervisor", _text),
    "compliance:template_decide": Form(
        "manager", lambda cast: ({"template_id": samples._template(cast).pk}, {"approve": "yes"})
    ),
    "compliance:template_retire": Form(
        "supervisor",
        lambda cast: (
            {"template_id": samples._template(cast, state="approved", approved_by=cast["compliance"]).pk},
            {"reason": "措辞过时"},
        ),
    ),
    "core:user_create": Form("admin", lambda cast: ({}, _user_form(username="new.person"))),
    "core:user": Form("admin", lambda cast: ({"user_id": cast["collector"].pk}, _user_form())),
    "core:user_action": Form(
        "admin", lambda cast: ({"user_id": cast["collector"].pk, "action": "disable"}, {"reason": "离职"})
    ),
    "core:token_create": Form("admin", lambda cast: ({}, TOKEN), doubles=True),
    "core:token_revoke": Form("admin", lambda cast: ({"token_id": samples._token(cast).pk}, {"reason": "合作结束"})),
    "core:health_check": Form("auditor", lambda cast: ({}, {}), audited=False, doubles=True),
    "core:audit_verify": Form("auditor", lambda cast: ({}, {}), audited=False, doubles=True),
}

WITHOUT_EFFECT: dict[str, str] = {
    "compliance:rule_trial": "judges old decisions again and writes nothing",
    "workbench:attempt_dial": "there is none without a telephone line; with one a contact is dialled once",
    "workbench:next": "a case that is served stays served; it has tests of its own",
    "workbench:hold": "renews the sender's own lock",
    "workbench:leave": "frees the sender's own lock",
    "core:home": "leads on to the person's own page",
    "cases:import_unlock": "a locked workbook is opened once; it has tests of its own",
    "cases:waiting_payment": "looks a contract up and writes nothing",
    "cases:plan_preview": "calculates a schedule and writes nothing",
    "cases:search": "looks somebody up; every search is on the trail",
    "core:login": "a second sign-in is a second sign-in; it has tests of its own",
    "core:logout": "out is out",
    "core:password_change": "asks for the old password, which the second sending does not know any more",
    "core:second_factor": "a code holds once",
    "core:second_factor_setup": "a code holds once; codes renewed twice are the second ones",
    "core:set_language": "the same language again",
    "core:notification": "read is read",
    "core:notifications_read": "read is read",
    "cases:reveal": "shows a value and counts persons, not looks; every look is on the trail",
    "cases:reveal_id": "shows a value and counts persons, not looks; every look is on the trail",
    "cases:attachment": "gives a file; every taking is on the trail",
    "cases:import_file": "gives a file; every taking is on the trail",
    "cases:import_errors_file": "gives a file; every taking is on the trail",
}

FORMS |= parts.together("FORMS")
WITHOUT_EFFECT |= parts.together("WITHOUT_EFFECT")
