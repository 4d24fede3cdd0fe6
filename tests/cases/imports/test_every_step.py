"""Every state of a run × every step that a page or a message can ask for: only the listed ones are taken.

Driven by TRANSITIONS and by the routes, so that a state or a step that is added is tried as well.
"""

import pytest
from django.test import Client
from django.urls import reverse

from cases.imports import applying
from cases.imports import run as runs
from cases.imports.refusals import RunRefused
from cases.imports.states import TRANSITIONS, states_before
from cases.models import ImportRun, RunState
from collection_ops.core import clock
from collection_ops.core.models import Job, JobState, User
from collection_ops.core.services import jobs
from collection_ops.core.services.form_tokens import new_token
from tests.access.walk import all_routes
from tests.cases.builders import make_source
from tests.core.conftest import bell  # noqa: F401  (nothing is rung)
from tests.core.races import at_once

STEPS = sorted(
    route.name
    for route in all_routes()
    if route.name.startswith("cases:import_") and route.arguments == ("run_id",) and "<int:run_id>/" in route.pattern
)


def a_run(state: RunState, clerk: User) -> ImportRun:
    count = ImportRun.objects.count()
    return ImportRun.objects.create(
        source=make_source(f"s{count}"),
        as_of="2026-03-31",
        file_name="样例.csv",
        stored_name="imports/none",
        sha256=f"{count:064d}",
        state=state,
        uploaded_by=clerk,
        row_counts={"read": 1, "accepted": 1, "rejected": 0},
        applied_at=clock.now() if state == RunState.APPLIED else None,
    )


def state_of(run: ImportRun) -> str:
    return ImportRun.objects.values_list("state", flat=True).get(pk=run.pk)


@pytest.mark.django_db
@pytest.mark.parametrize("state", RunState.values)
def test_by_address_a_run_takes_listed_steps_only(state, clerk, supervisor, client_as):
    wrong = []
    for person in (clerk, supervisor):
        browser: Client = client_as(person)
        for step in STEPS:
            run = a_run(state, clerk)
            address = reverse(step, args=[run.pk])
            first = browser.post(address, {"form_token": new_token()})
            became = state_of(run)
            allowed = {state, *TRANSITIONS[state]}
            if first.status_code >= 500 or became not in allowed:
                wrong.append((person.username, step, first.status_code, became))
            if became == state:
                continue
            # Asked once more with a page that was opened before: again a listed step, or none.
            again = browser.post(address, {"form_token": new_token()})
            if again.status_code >= 500 or state_of(run) not in {became, *TRANSITIONS[became]}:
                wrong.append((person.username, step, "again", again.status_code, state_of(run)))
            if state in (RunState.APPLIED, RunState.APPLYING) and became in (RunState.DISCARDED, RunState.READING):
                wrong.append((person.username, step, "lost what is in the book", became))
    assert not wrong


@pytest.mark.django_db
@pytest.mark.parametrize("state", RunState.values)
def test_only_what_may_be_given_up_is_given_up(state, clerk, client_as):
    run = a_run(state, clerk)
    client_as(clerk).post(reverse("cases:import_discard", args=[run.pk]), {"form_token": new_token()})
    assert state_of(run) == (RunState.DISCARDED if state in states_before(RunState.DISCARDED) else state)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["cases.import_read", "cases.import_apply", "cases.import_undo"])
@pytest.mark.parametrize("state", RunState.values)
def test_a_message_that_comes_too_late_takes_no_step_that_is_not_listed(state, kind, clerk):
    run = a_run(state, clerk)
    job = Job.objects.create(kind=kind, params={"run": run.pk}, queue="imports")
    jobs.run(job.pk)
    job.refresh_from_db()
    assert not job.is_open
    expected = {
        "cases.import_read": {RunState.UPLOADED, RunState.READING},
        "cases.import_apply": {RunState.APPLYING},
        "cases.import_undo": {RunState.APPLIED},
    }[kind]
    if state in expected:
        # From uploaded a reading passes through reading.
        assert state_of(run) in {state, *TRANSITIONS[state], *TRANSITIONS[RunState.READING]}
    else:
        assert state_of(run) == state


def outcome(step, run, clerk):
    def act():
        try:
            step(run=ImportRun.objects.get(pk=run.pk), actor=User.objects.get(pk=clerk.pk), now=clock.now())
        except RunRefused as refused:
            return refused.code
        return "done"

    return act


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("steps", [(runs.request_apply, runs.discard), (runs.discard, runs.discard)], ids=["ad", "dd"])
def test_two_who_decide_otherwise_at_once_one_is_heard_and_the_other_told(steps, clerk):
    run = a_run(RunState.PREVIEW, clerk)
    said = at_once(*[outcome(step, run, clerk) for step in steps])
    assert sorted(said) == ["done", "wrong_state"]
    assert state_of(run) == (RunState.APPLYING if said[0] == "done" and steps[0] is runs.request_apply else "discarded")
    assert Job.objects.filter(state=JobState.QUEUED).count() == (1 if state_of(run) == "applying" else 0)


@pytest.mark.django_db(transaction=True)
def test_twin_whoever_looks_first_and_writes_afterwards_is_heard_twice(clerk, monkeypatch):
    import threading

    both_have_looked = threading.Barrier(2)

    def look_then_write(run, to, since=(), **columns):
        run.refresh_from_db()
        assert to in TRANSITIONS[run.state]
        both_have_looked.wait(timeout=10)
        ImportRun.objects.filter(pk=run.pk).update(state=to, **columns)
        return run

    for door in (runs, applying):  # each holds the step by its own name
        monkeypatch.setattr(door, "move", look_then_write)
    run = a_run(RunState.PREVIEW, clerk)
    said = at_once(outcome(runs.request_apply, run, clerk), outcome(runs.discard, run, clerk))
    assert said == ["done", "done"]
