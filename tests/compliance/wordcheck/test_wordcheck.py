"""What was written and said is read once an hour; what compliance calls harmless does not come back."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cases.models import Case
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services.form_tokens import new_token
from compliance.models import BreachCase, ContactAttempt, HarmlessWording, HitState, TextKind, WordingHit, WordingScan
from compliance.services.recordings import keep_transcript
from compliance.wordcheck import scanning
from compliance.wordcheck.judging import JudgingRefused, call_harmless, confirm, end_harmless
from compliance.wordcheck.scanning import read_new
from compliance.wordcheck.texts import Text
from tests.cases.builders import desk_of, make_case

pytestmark = pytest.mark.django_db
NOW = dt.datetime(2026, 3, 2, 12, 0, tzinfo=dt.UTC)


@pytest.fixture
def case(collector: User) -> Case:
    return make_case(desk=desk_of(collector))


def noted(case: Case, note: str, *, minutes: int = 0, actor: User | None = None) -> ContactAttempt:
    at = NOW + dt.timedelta(minutes=minutes)
    return ContactAttempt.objects.create(
        debtor=case.loan.debtor, case=case, channel="call", actor=actor, state="closed", opened_at=at, started_at=at,
        closed_at=at, result="connected", note=note,
    )  # fmt: skip


def hit_of(case: Case, note: str, **columns: object) -> WordingHit:
    attempt = noted(case, note, **columns)  # type: ignore[arg-type]
    read_new(now=NOW)
    return attempt.wording_hits.get()


def test_each_text_is_read_once_and_what_was_found_stays_one_hit(case: Case) -> None:
    bad = noted(case, "骂他老赖")
    noted(case, "约定周五还款", minutes=1)
    keep_transcript(attempt=bad, text="公安机关将上门", engine="t", now=NOW)
    assert read_new(now=NOW) == scanning.Read(3, 2)
    assert read_new(now=NOW).hits == 0, "the last minutes are read again, for transactions that commit late"
    noted(case, "又说老賴", minutes=30)
    assert read_new(now=NOW) == scanning.Read(4, 1), "the last ten minutes once more, and one new note"
    assert WordingHit.objects.values_list("kind", "words", "hidden").order_by("pk").last() == ("note", "老賴", True)
    assert WordingScan.objects.get(kind=TextKind.NOTE).read == 3


def test_more_than_fits_into_one_transaction_or_one_run_is_read_in_turns(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "AT_ONCE", 2)
    for number in range(7):
        noted(case, "骂他老赖", minutes=number)
    assert read_new(now=NOW, most=3).texts == 3
    read_new(now=NOW, most=100)
    read_new(now=NOW, most=100)
    assert WordingHit.objects.count() == 7 and WordingScan.objects.get(kind=TextKind.NOTE).read == 7


def test_a_late_commit_among_more_texts_than_one_batch_takes_is_read_all_the_same(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "AT_ONCE", 2)
    for number in range(7):
        noted(case, "约定周五还款", minutes=number)
    read_new(now=NOW)
    noted(case, "骂他老赖", minutes=5)  # began earlier, committed later
    assert read_new(now=NOW) == scanning.Read(8, 1)
    assert read_new(now=NOW, most=1).hits == 0
    noted(case, "又说老賴", minutes=8)
    assert read_new(now=NOW, most=1).hits == 1, "what is read again does not use up a run"


def test_a_worker_that_dies_loses_its_batch_and_the_next_goes_on_from_the_one_before(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanning, "AT_ONCE", 2)
    for number in range(6):
        noted(case, "骂他老赖", minutes=20 * number)
    real, calls = scanning._write, []

    def dies(hits: list[WordingHit]) -> int:
        calls.append(real(hits))
        if len(calls) == 2:
            raise RuntimeError("killed")
        return calls[-1]

    monkeypatch.setattr(scanning, "_write", dies)
    with pytest.raises(RuntimeError):
        read_new(now=NOW)
    assert (WordingHit.objects.count(), WordingScan.objects.get(kind=TextKind.NOTE).read) == (2, 2)
    assert read_new(now=NOW).hits == 4
    assert (WordingHit.objects.count(), WordingScan.objects.get(kind=TextKind.NOTE).read) == (6, 6)


def two_at_once(begin: Callable[[], object]) -> list[int]:
    """The hits that two runs in two connections say are new; each calls `begin` first."""
    found: list[int] = []

    def work() -> None:
        try:
            begin()
            found.append(read_new(now=NOW).hits)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _number in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return found


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_read_each_text_once(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanning, "AT_ONCE", 3)
    for number in range(40):
        noted(case, "骂他老赖", minutes=20 * number)
    assert sum(two_at_once(threading.Barrier(2).wait)) == WordingHit.objects.count() == 40
    assert WordingScan.objects.get(kind=TextKind.NOTE).read == 40


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_on_the_place_two_workers_read_the_same(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin of the one above."""
    noted(case, "骂他老赖")
    WordingScan.objects.create(kind=TextKind.NOTE, version="")
    both, real = threading.Barrier(2, timeout=10), scanning.hits_in
    monkeypatch.setattr(QuerySet, "select_for_update", lambda rows, **_options: rows)

    def together(texts: list[Text], **options: Any) -> list[WordingHit]:
        if options["kind"] == TextKind.NOTE:
            both.wait()
        return real(texts, **options)

    monkeypatch.setattr(scanning, "hits_in", together)
    assert two_at_once(lambda: None) == [1, 1]
    assert WordingHit.objects.count() == 1, "the constraint is the last line"


def test_new_lists_are_read_over_everything_and_a_judged_place_stays_judged(
    case: Case, compliance_officer: User
) -> None:
    hit = hit_of(case, "骂他老赖")
    confirm(hit=hit, reason="录音属实", actor=compliance_officer, now=NOW)
    WordingScan.objects.update(version="2020-01-01")
    assert read_new(now=NOW) == scanning.Read(1, 0)
    assert WordingHit.objects.get().state == HitState.CONFIRMED
    assert AuditEvent.objects.filter(action="wording.confirmed").count() == 1


def test_a_false_alarm_everywhere_clears_its_like_and_does_not_come_back(case: Case, compliance_officer: User) -> None:
    first, second = noted(case, "路过老赖饭店。已还"), noted(case, "路过老赖饭店。已还", minutes=1)
    other = noted(case, "骂他是老赖", minutes=2)
    read_new(now=NOW)
    call_harmless(hit=first.wording_hits.get(), reason="店名", everywhere=True, actor=compliance_officer, now=NOW)
    assert second.wording_hits.get().state == HitState.FALSE_ALARM
    assert other.wording_hits.get().state == HitState.NEW
    again = noted(case, "路过老赖饭店。已还", minutes=40)
    read_new(now=NOW)
    assert not again.wording_hits.exists()
    end_harmless(harmless=HarmlessWording.objects.get(), reason="饭店已关", actor=compliance_officer, now=NOW)
    late = noted(case, "路过老赖饭店。已还", minutes=80)
    read_new(now=NOW)
    assert late.wording_hits.get().state == HitState.NEW


def test_a_longer_word_is_harmless_wherever_it_holds_the_hit(case: Case, compliance_officer: User) -> None:
    hit = hit_of(case, "在老赖饭店见面")
    with pytest.raises(JudgingRefused, match="须比"):
        call_harmless(hit=hit, reason="店名", word="赖饭店", actor=compliance_officer, now=NOW)
    call_harmless(hit=hit, reason="店名", word="老赖饭店", actor=compliance_officer, now=NOW)
    both = noted(case, "老赖饭店里骂他老赖", minutes=40)
    read_new(now=NOW)
    assert [one.start for one in both.wording_hits.all()] == [7]


def test_a_harmless_word_is_known_in_any_writing_and_a_judged_place_under_longer_words(
    case: Case, compliance_officer: User
) -> None:
    hit = hit_of(case, "在老賴 饭店见面")
    call_harmless(hit=hit, reason="店名", word="老赖饭店", actor=compliance_officer, now=NOW)
    written = ("在老赖饭店见面", "在老賴饭店见面", "在老 赖*饭店见面")
    same = [noted(case, one, minutes=40 + n) for n, one in enumerate(written)]
    read_new(now=NOW)
    assert not WordingHit.objects.filter(attempt__in=same).exists()
    other = noted(case, "骂他老赖", minutes=60)
    read_new(now=NOW)
    judged = other.wording_hits.get()
    call_harmless(hit=judged, reason="转述客户自称", actor=compliance_officer, now=NOW)
    # As if newer lists took in a character more before the word.
    WordingHit.objects.filter(pk=judged.pk).update(start=judged.start - 1)
    WordingScan.objects.update(version="2020-01-01")
    assert read_new(now=NOW).hits == 0
    assert other.wording_hits.get().state == HitState.FALSE_ALARM


def test_a_false_alarm_of_one_does_not_judge_the_words_of_whoever_says_so(case: Case, compliance_officer: User) -> None:
    theirs, own = noted(case, "骂他老赖"), noted(case, "骂他老赖", minutes=1, actor=compliance_officer)
    read_new(now=NOW)
    call_harmless(hit=theirs.wording_hits.get(), reason="转述", everywhere=True, actor=compliance_officer, now=NOW)
    assert own.wording_hits.get().state == HitState.NEW


def test_nobody_judges_their_own_words_or_what_a_colleague_has_judged(
    case: Case, compliance_officer: User, manager: User
) -> None:
    own = hit_of(case, "骂他老赖", actor=compliance_officer)
    with pytest.raises(JudgingRefused, match="他人判定"):
        confirm(hit=own, reason="属实", actor=compliance_officer, now=NOW)
    with pytest.raises(JudgingRefused, match="理由"):
        confirm(hit=own, reason=" ", actor=manager, now=NOW)
    confirm(hit=own, reason="属实", actor=manager, now=NOW)
    with pytest.raises(JudgingRefused, match="确认违规"):
        call_harmless(hit=own, reason="误报", actor=manager, now=NOW)


def test_the_page_shows_the_words_in_their_context_and_keeps_what_was_typed(
    case: Case, compliance_officer: User, client_as: Callable[[User], Client]
) -> None:
    hit = hit_of(case, "前面说了很多，然后骂他老赖，后面又说了")
    client = client_as(compliance_officer)
    page = client.get(reverse("compliance:wording_hits")).content.decode()
    assert "然后骂他<mark>老赖</mark>，后面" in page
    answer = client.post(
        reverse("compliance:wording_judge", args=[hit.pk]),
        {"said": "word", "word": "老赖人", "reason": "姓赖", "form_token": token_in(page)},
    )
    assert answer.status_code == 409 and "姓赖" in answer.content.decode() and "须比" in answer.content.decode()
    tried = client.post(reverse("compliance:wording_lists"), {"text": "你這個老 賴", "kind": "note"})
    assert "<mark>老 賴</mark>" in tried.content.decode()


def test_marks_of_a_note_are_shown_as_they_were_written_and_a_judgement_is_taken_back_once(
    case: Case, compliance_officer: User, supervisor: User, client_as: Callable[[User], Client]
) -> None:
    hit = hit_of(case, "<b onclick=x>骂他老赖</b><script>1</script>")
    client, url = client_as(compliance_officer), reverse("compliance:wording_hits")
    page = client.get(url).content.decode()
    assert "&lt;b onclick=x&gt;骂他<mark>老赖</mark>&lt;/b&gt;" in page and "<script>1" not in page
    token = token_in(page)
    judge = reverse("compliance:wording_judge", args=[hit.pk])
    for _click in range(2):
        client.post(judge, {"said": "confirm", "reason": "属实", "form_token": token})
    assert BreachCase.objects.count() == 1
    back, shown = reverse("compliance:wording_take_back", args=[hit.pk]), {"state": "confirmed"}
    assert client_as(supervisor).post(back, {"reason": "x", "form_token": new_token()}).status_code == 403
    page = client.get(url, shown).content.decode()
    client.post(back, {"reason": "客户自称", "form_token": token_in(page)})
    hit.refresh_from_db()
    assert hit.state == HitState.NEW and BreachCase.objects.get().state == "withdrawn"
    nobodys = reverse("compliance:wording_take_back", args=[10**30])
    assert client.post(nobodys, {"reason": "x", "form_token": new_token()}).status_code == 404


def test_a_full_page_costs_as_many_queries_as_a_short_one(
    case: Case, compliance_officer: User, client_as: Callable[[User], Client]
) -> None:
    client, url = client_as(compliance_officer), reverse("compliance:wording_hits")
    counts = []
    for count in (1, 50):
        for number in range(count):
            attempt = noted(case, "骂他老赖", minutes=100 + number)
            keep_transcript(attempt=attempt, text="公安机关将上门", engine="t", now=NOW)
        read_new(now=NOW)
        client.get(url)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[1] <= counts[0] + 1 and counts[1] <= 16, counts


def token_in(page: str) -> str:
    return page.split('name="form_token" value="')[1].split('"')[0]
