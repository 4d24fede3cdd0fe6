"""Asking for one number after the other: what is not yours and what is not there are told alike, and asking ends.

The twin opens the scope, and then the two answers differ.
"""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cases.models import (
    Absence,
    Attachment,
    Case,
    Disposition,
    Hold,
    PlanKind,
    Promise,
    RepaymentPlan,
    RiskFlag,
    Waiver,
)
from cases.plans.schedule import Terms
from cases.querysets import CaseQuerySet
from cases.services import export, reveal, search
from cases.services.plans import propose_plan
from collection_ops.core import clock
from collection_ops.core.access import Role, has
from collection_ops.core.models import AuditEvent, Job, JobState, Notification, SavedView, User
from collection_ops.core.services.form_tokens import new_token
from collection_ops.core.services.jobs import enqueue
from compliance.models import ContactAttempt, GateDecision, MessageTemplate, QueuedMessage
from tests.access import parts, samples
from tests.access.test_scope import NARROW, browser, foreign
from tests.access.walk import all_routes
from tests.cases.builders import desk_of, make_case

__all__ = ["foreign"]

pytestmark = pytest.mark.django_db

MISSING = 987_654_321
# Addresses, request ids, nonces and tokens differ between any two answers.
VARIES = re.compile(
    rb"nonce-[^'\"; ]+|nonce=\"[^\"]*\"|[0-9a-f]{12}|value=\"[A-Za-z0-9_-]{43,64}\"|\"X-CSRFToken\": ?\"[^\"]*\""
    rb"|[A-Za-z0-9]{64}"
)


def told(answer: Any, *numbers: int) -> tuple[int, bytes, Any]:
    body = b"".join(answer) if answer.streaming else answer.content
    body = VARIES.sub(b"", body)
    for number in sorted(map(str, numbers), key=len, reverse=True):
        body = body.replace(number.encode(), b"N")
    return answer.status_code, body, answer.get("Location")


def of_others(cast: samples.Cast, case: Case, person: User) -> dict[str, tuple[dict[str, int], str]]:
    """Route → (arguments of something that is somebody else's, name of the one to count through)."""
    case_id, stranger = {"case_id": case.pk}, cast["outsider"]
    absence = Absence.objects.create(
        case=case, as_of=case.as_of, run=case.last_run, reason="file_cut", explained_by=cast["supervisor"],
        explained_at=timezone.now(),
    )  # fmt: skip
    done = {"state": JobState.DONE, "result": {"file": "x", "rows": 1, "expires_at": "2999-01-01T00:00:00+08:00"}}
    theirs = Job.objects.create(kind=export.KIND, created_by=stranger, params={"format": "csv"}, **done)
    errors = Job.objects.create(
        kind="cases.error_workbook", created_by=stranger, params={"run": case.last_run_id}, **done
    )
    view = SavedView.objects.create(user=stranger, page="cases.list", name="别人的", query={})
    message = Notification.objects.create(user=stranger, kind="job.done", params={"title": "别人的"})
    plan = RepaymentPlan.objects.filter(case=case).first() or propose_plan(
        case=case, terms=Terms(PlanKind.LUMP_SUM, case.total, first_on=timezone.localdate()), actor=stranger,
        now=timezone.now(),
    )  # fmt: skip
    called, _made = ContactAttempt.objects.get_or_create(
        debtor=case.loan.debtor, actor=stranger, state="open",
        defaults={"case": case, "channel": "call", "opened_at": timezone.now()},
    )  # fmt: skip
    template, _made = MessageTemplate.objects.get_or_create(
        code="theirs", version=1,
        defaults={
            "body": "请致电{phone}", "author": cast["supervisor"], "written_at": timezone.now(),
            "valid_from": timezone.localdate(), "state": "approved", "approved_by": cast["compliance"],
        },
    )  # fmt: skip
    queued = QueuedMessage.objects.create(
        case=case, point=case.loan.debtor.contact_points.get(), template=template, queued_at=timezone.now(),
        send_after=timezone.now(),
    )  # fmt: skip
    asked = GateDecision.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", purpose="demand", decided_at=timezone.now(),
        verdict="block", facts={"now": timezone.now().isoformat()},
    )  # fmt: skip
    promised = samples._promise(cast)
    waived = samples._waiver(cast)
    Promise.objects.filter(pk=promised["promise_id"]).update(case=case)
    Waiver.objects.filter(pk=waived["waiver_id"]).update(case=case)
    flag = RiskFlag.objects.create(
        case=case, type="high", evidence="多次失约", proposal="watch", raised_by=stranger, raised_at=timezone.now(),
        state="accepted", decided_by=cast["supervisor"], decided_at=timezone.now(),
    )  # fmt: skip
    special = Disposition.objects.create(
        flag=flag, case=case, kind="watch", opened_by=cast["supervisor"], opened_at=timezone.now()
    )
    step = special.steps.create(
        what="回访", owner=stranger, due_on=timezone.localdate(), created_by=stranger, created_at=timezone.now()
    )
    hold, _made = Hold.objects.get_or_create(
        debtor=case.loan.debtor, type="illness", ends_at=None,
        defaults={"since": timezone.now(), "placed_at": timezone.now(), "reason": "住院"},
    )  # fmt: skip
    file = Attachment.objects.create(
        case=case, file_name="x.png", stored_name=f"attachments/{flag.pk}", kind="png", size=1, sha256="0" * 64,
        added_by=stranger, added_at=timezone.now(),
    )  # fmt: skip
    found = {
        **parts.all_of_others(cast, case, person),
        **{f"cases:{name}": (case_id, "case_id") for name in ("hold_place", "risk_raise", "point_add", "attach")},
        "cases:point": ({**case_id, "contact_id": case.loan.debtor.contact_points.get().pk}, "case_id"),
        **{f"cases:hold{name}": ({"hold_id": hold.pk}, "hold_id") for name in ("", "_lift", "_renew", "_prove")},
        **{f"cases:risk{name}": ({"flag_id": flag.pk}, "flag_id") for name in ("", "_decide")},
        **{
            f"cases:{name}": ({"disposition_id": special.pk}, "disposition_id")
            for name in ("disposition", "step_add", "disposition_end")
        },
        "cases:step_done": ({"step_id": step.pk}, "step_id"),
        "cases:attachment": ({"attachment_id": file.pk}, "attachment_id"),
        **{
            f"workbench:{name}": (case_id, "case_id")
            for name in ("contact", "contact_open", "desk_case", "hold", "leave", "payday", "message")
        },
        **{f"cases:{name}": (case_id, "case_id") for name in ("promise_make", "waiver_apply")},
        **{
            f"cases:{name}": (waived, "waiver_id")
            for name in ("waiver", "waiver_decide", "waiver_withdraw", "waiver_use")
        },
        "cases:promise_cancel": (promised, "promise_id"),
        **{
            f"workbench:{name}": ({"attempt_id": called.pk}, "attempt_id")
            for name in ("attempt", "attempt_record", "attempt_cancel", "attempt_confirm", "attempt_dial")
        },
        **{f"cases:{name}": (case_id, "case_id") for name in ("record", "timeline", "positions", "reveal_id")},
        **{f"cases:plan_{name}": (case_id, "case_id") for name in ("new", "preview", "propose")},
        **{
            f"cases:{name}": ({"plan_id": plan.pk}, "plan_id")
            for name in ("plan", "plan_decide", "plan_proof", "plan_withdraw", "plan_end", "plan_agreement")
        },
        "workbench:message_cancel": ({**case_id, "message_id": queued.pk}, "case_id"),
        "compliance:decision": ({"decision_id": asked.pk}, "decision_id"),
        "cases:provenance": ({**case_id, "run_id": case.last_run_id}, "case_id"),
        "cases:reveal": ({**case_id, "contact_id": case.loan.debtor.contact_points.get().pk}, "case_id"),
        "cases:absence_take_back": ({"absence_id": absence.pk}, "absence_id"),
        "cases:export_file": ({"job_id": theirs.pk}, "job_id"),
        "cases:import_errors_file": ({"run_id": case.last_run_id, "job_id": errors.pk}, "job_id"),
        "cases:view_change": ({"view_id": view.pk}, "view_id"),
        "core:notification": ({"notification_id": message.pk}, "notification_id"),
    }
    if not has(person, "jobs.view_all"):
        found["core:job"] = ({"job_id": theirs.pk}, "job_id")
    return found


def differences(cast: samples.Cast, case: Case, *, within: str | tuple[str, ...] = "") -> list[tuple[str, str, str]]:
    """(role, route, method) wherever the two answers are not the same; of routes that begin like this."""
    found = []
    no_such_method = set()  # told before anybody's rows are looked at: once is enough
    for role in NARROW:
        client = browser(cast[role])
        for route, (arguments, counted) in of_others(cast, case, cast[role]).items():
            if not route.startswith(within):
                continue
            missing = {**arguments, counted: MISSING}
            numbers = {*arguments.values(), *missing.values()}
            for method in (client.get, client.post):
                if (route, method.__name__) in no_such_method:
                    continue
                pair = [
                    told(
                        method(
                            reverse(route, kwargs=kwargs),
                            {"reason": "contact", "do": "delete", "form_token": new_token()},
                        ),
                        *numbers,
                    )
                    for kwargs in (arguments, missing)
                ]
                assert all(status < 500 for status, _body, _to in pair)
                if {status for status, _body, _to in pair} == {405}:
                    no_such_method.add((route, method.__name__))
                if pair[0] != pair[1] or pair[0][0] == 200:
                    found.append((str(role), route, method.__name__))
        SavedView.objects.all().delete()
        Absence.objects.all().delete()
        Waiver.objects.all().delete()
    return found


@pytest.mark.slow
def test_not_yours_and_not_there_are_one_answer_for_everybody_who_sees_a_part(cast, foreign):
    assert differences(cast, foreign) == []


def test_twin_with_the_scope_open_the_answers_differ(cast, foreign, monkeypatch):
    monkeypatch.setattr(CaseQuerySet, "for_user", lambda self, user, capability="cases.view": self)
    pages = ("cases:record", "cases:timeline", "cases:positions")
    found = differences(cast, foreign, within=pages)
    assert {role for role, _route, _method in found} == {str(role) for role in NARROW}
    assert set(pages) <= {route for _role, route, _method in found}


def test_every_route_that_names_a_thing_of_somebody_is_asked(cast, foreign):
    """What is left has one scope: who may see any may see all (imports, unmatched money, rules, recordings, reports of
    incidents, removals of old records, findings of wording, batches of quality checks, words for calls and messages,
    reports of the whole house, agencies with their contracts, batches, recalls and settlements), or is the administrator's.
    Programs are asked in tests/api/test_whose_cases.py."""
    open_to_all = (
        "admin:",
        "cases:import_",
        "cases:waiting_",
        "compliance:recipient_",
        "compliance:recording_",
        "compliance:report",
        "compliance:retention_",
        "compliance:rule",
        "compliance:wording_",
        "compliance:department",
        "compliance:quality_batch",
        "compliance:disclosure_",
        "compliance:data_request",
        "compliance:legal_hold_",
        "compliance:talking_",
        "compliance:change_",
        "compliance:template",
        "reports:paper",
        "vendors:",
        "core:user",
        "core:job",
        "core:token",
        "api:",
    )
    asked = set(of_others(cast, foreign, cast["collector"]))
    named = {r.name for r in all_routes() if any(a.endswith("_id") for a in r.arguments)}
    assert {name for name in named - asked if not name.startswith(open_to_all)} == set()


def test_a_list_of_ticked_numbers_tells_nothing_of_other_peoples_cases(cast, foreign):
    client = browser(cast["clerk"])
    answers = [
        told(
            client.post(
                reverse("cases:absences_explain"),
                {"case": str(number), "reason": "file_cut", "form_token": new_token()},
                follow=True,
            ),
            foreign.pk,
            MISSING,
        )
        for number in (foreign.pk, MISSING)
    ]
    assert answers[0] == answers[1]
    assert not Absence.objects.exists()


# Looking people up ---------------------------------------------------------------------------------------------------


def look_up(client: Client, text: str) -> Any:
    return client.post(reverse("cases:search"), {"q": text}).context


def test_searches_end_at_the_daily_number_whether_or_not_there_is_somebody(cast, foreign, settings):
    settings.PERSON_SEARCHES_PER_DAY = 3
    collector = cast["collector"]
    make_case(name="自己的人", phones=("15400000001",), desk=desk_of(collector))
    client = browser(collector)
    assert look_up(client, "15400000001")["lines"]
    # A phone of somebody else's case, and one of nobody: the same answer, and both are counted.
    pages = [client.post(reverse("cases:search"), {"q": text}) for text in ("15477770001", "15400009999")]
    assert told(pages[0]) == told(pages[1])
    refused = [look_up(client, text)["refused"] for text in ("15400000001", "15477770001", "nobody")]
    assert len(set(refused)) == 1 and "3 次" in refused[0]
    events = AuditEvent.objects.filter(action=search.ACTION, actor=collector)
    assert (events.filter(outcome="ok").count(), events.filter(outcome="refused").count()) == (3, 3)


def test_whoever_reaches_a_daily_number_is_made_known_once_a_day(cast, settings, monkeypatch):
    settings.PERSON_SEARCHES_PER_DAY = 1
    settings.REVEALS_PER_DAY = {"phones.reveal": {"collector": 0}, "ids.reveal": {"team_leader": 0}}
    case = make_case(phones=("15400000001",), id_no="110101199003070038", desk=desk_of(cast["collector"]))
    point = case.loan.debtor.contact_points.get()

    def reach_them() -> None:
        for role in ("collector", "supervisor"):
            for _again in range(3):
                look_up(browser(cast[role]), "15400000001")
        for role, address in (
            ("collector", reverse("cases:reveal", args=[case.pk, point.pk])),
            ("team_leader", reverse("cases:reveal_id", args=[case.pk])),
        ):
            for _again in range(2):
                assert browser(cast[role]).post(address, {"reason": "contact"}).status_code == 429

    reach_them()
    told_about = [
        (message.kind, message.params["who"], message.user.username)
        for message in Notification.objects.select_related("user").order_by("pk")
    ]
    watchers = sorted(cast[role].username for role in Role.values if has(cast[role], "audit.view"))
    assert watchers == ["walk.auditor", "walk.compliance"]
    expected = [
        ("quota.searches", cast["collector"]),
        ("quota.searches", cast["supervisor"]),
        ("quota.phones", cast["collector"]),
        ("quota.ids", cast["team_leader"]),
    ]
    assert sorted(told_about) == sorted((kind, str(who), watcher) for kind, who in expected for watcher in watchers)
    page = browser(cast["compliance"]).get(reverse("core:tasks")).content.decode()
    assert "查找客户已达上限" in page and str(cast["collector"]) in page
    message = Notification.objects.filter(user=cast["compliance"]).first()
    trail = browser(cast["compliance"]).get(message.url).content.decode()
    assert str(cast["collector"]) in trail

    # The day is the database's, whatever the clock of a web process says.
    tomorrow = clock.database_now() + timedelta(days=1)
    monkeypatch.setattr(clock, "database_now", lambda: tomorrow)
    for _again in range(2):
        address = reverse("cases:reveal", args=[case.pk, point.pk])
        assert browser(cast["collector"]).post(address, {"reason": "contact"}).status_code == 429
    assert Notification.objects.filter(kind="quota.phones").count() == 2 * len(watchers)


def test_below_the_daily_number_nobody_is_told(cast, settings):
    settings.PERSON_SEARCHES_PER_DAY = 2
    for _again in range(2):
        look_up(browser(cast["collector"]), "15400000001")
    assert not Notification.objects.exists()
    enqueue(kind="core.verify_audit", params={}, actor=cast["auditor"])  # other messages are not in the way
    look_up(browser(cast["collector"]), "15400000001")
    assert Notification.objects.filter(kind="quota.searches").count() == 2


@pytest.mark.django_db(transaction=True)
def test_two_searches_at_once_are_not_both_the_last_one_allowed(collector, settings, monkeypatch):
    from tests.core.races import at_once

    settings.PERSON_SEARCHES_PER_DAY = 1
    counted = search._searches_today

    def slowly(actor: User, now: Any) -> int:
        found = counted(actor, now)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(search, "_searches_today", slowly)

    def found() -> int:
        at_once(*[lambda: search.find_person(text="15400000001", actor=collector, now=clock.now())] * 2)
        return AuditEvent.objects.filter(action=search.ACTION, outcome="ok", actor=collector).count()

    assert found() == 1
    # The twin: without the lock both are let through.
    settings.PERSON_SEARCHES_PER_DAY = 2
    monkeypatch.setattr(type(User.objects), "select_for_update", lambda self: self.all(), raising=False)
    assert found() == 3


def test_the_words_of_an_alarm_are_those_of_its_capability():
    assert set(reveal.QUOTA_TEXTS) == {reveal.PHONES, reveal.IDS}
