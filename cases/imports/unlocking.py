"""A workbook with a password: the clerk is asked for it, and the open workbook takes the place of the locked one.

The password goes from the request to a child process and nowhere else: it is not stored, not logged, in no job, no
audit entry and no message. A few wrong tries end the run.
"""

import json
import subprocess
import sys
import threading
from dataclasses import asdict
from typing import Any, BinaryIO, cast

from django.db import transaction

from cases.imports.limits import read_limits
from cases.imports.reading.children import ROOT, child_environment
from cases.imports.reading.unlock_child import DONE, WRONG_PASSWORD
from cases.imports.refusals import RunRefused
from cases.imports.staging.staging import forget, stage_problems
from cases.imports.states import move
from cases.imports.storing import store, stored_path
from cases.models import ImportRun, RunState
from collection_ops.core.models import User
from collection_ops.core.private_files import StoredFile, remove
from collection_ops.core.services import audit

QUESTION = "ask_password"
MOST_TRIES = 10
_SECONDS = 60


def password_question(run: ImportRun) -> dict[str, Any] | None:
    """The run's open question for a password; None when it has none."""
    return next((question for question in run.questions if question["code"] == QUESTION), None)


def ask_for_password(run: ImportRun) -> ImportRun:
    """From reading to asking. A run that somebody else has moved on is left as it is."""
    with transaction.atomic():
        state = ImportRun.objects.select_for_update().values_list("state", flat=True).get(pk=run.pk)
        if state == RunState.READING:
            forget(run=run)
            move(run, RunState.ASKING, questions=[_question(tries=0)], understanding={}, refusal={})
    run.refresh_from_db()
    return run


def unlock(*, run: ImportRun, password: str, actor: User | None) -> bool:
    """Put the open workbook in the place of the locked one; then the run can be read. False for a wrong password.

    The run stays asking, without the question; after the last wrong try it is refused. Raises RunRefused: wrong_state,
    file_too_large (unpacked), unlock_failed for a kind of lock that cannot be opened, stored_file_missing.
    """
    with transaction.atomic():
        # Held while the file is opened: tries are counted one after the other.
        run_now = ImportRun.objects.select_for_update().get(pk=run.pk)
        question = password_question(run_now)
        if run_now.state != RunState.ASKING or question is None:
            raise RunRefused("wrong_state", state=run_now.state, wanted=str(RunState.READING))
        opened = _opened(run_now, password)
        if opened is None:
            _count_wrong_try(run_now, question["params"]["tries"] + 1, actor)
        else:
            _put_in_place(run_now, opened, actor)
    run.refresh_from_db()
    return opened is not None


def tries_left(run: ImportRun) -> int:
    question = password_question(run)
    return MOST_TRIES - question["params"]["tries"] if question else 0


def _question(*, tries: int) -> dict[str, Any]:
    return {
        "code": QUESTION,
        "key": "password",
        "column": "",
        "heading": "",
        "options": [],
        "samples": [],
        "params": {"tries": tries},
    }


def _put_in_place(run: ImportRun, opened: StoredFile, actor: User | None) -> None:
    locked = stored_path(run)
    try:
        ImportRun.objects.filter(pk=run.pk).update(
            stored_name=opened.name, file_size=opened.size, sha256=opened.sha256, questions=[]
        )
        audit.record(action="import.unlocked", actor=actor, obj=run, data={"sha256": opened.sha256})
    except BaseException:
        remove(opened)
        raise
    transaction.on_commit(lambda: locked.unlink(missing_ok=True))


def _count_wrong_try(run: ImportRun, tries: int, actor: User | None) -> None:
    audit.record(action="import.unlocked", actor=actor, obj=run, outcome="refused", data={"tries": tries})
    if tries < MOST_TRIES:
        ImportRun.objects.filter(pk=run.pk).update(questions=[_question(tries=tries)])
        return
    refusal = RunRefused("password_too_often", tries=tries)
    move(run, RunState.READING, questions=[])
    stage_problems(run=run, problems=[refusal.as_problem()])
    move(run, RunState.REFUSED, refusal=refusal.to_json(), problem_counts={"error": 1, "warning": 0, "info": 0})


def _opened(run: ImportRun, password: str) -> StoredFile | None:
    """The open workbook, stored; None for a wrong password."""
    path = stored_path(run)
    if not path.is_file():
        raise RunRefused("stored_file_missing")
    child = subprocess.Popen(
        [sys.executable, "-m", "cases.imports.reading.unlock_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        env=child_environment(),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    timer = threading.Timer(_SECONDS, child.kill)
    timer.start()
    stored: StoredFile | None = None
    try:
        request = {"path": str(path), "password": password, "limits": asdict(read_limits())}
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.close()
        stored = store(cast(BinaryIO, child.stdout))
        status = child.wait()
    except BrokenPipeError as dead:
        raise RunRefused("unlock_failed") from dead
    finally:
        timer.cancel()
        child.kill()
        child.wait()
        child.stdout.close()
        if stored is not None and child.returncode != DONE:
            remove(stored)
    if status == WRONG_PASSWORD:
        return None
    if status != DONE:
        raise RunRefused("unlock_failed")
    return stored
