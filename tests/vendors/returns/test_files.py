"""Files back from agencies: what comes in, what stays out and why, and that nothing comes in twice."""

import datetime as dt
import io
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone
from openpyxl import Workbook

from cases.models import Promise
from collection_ops.core import private_files
from collection_ops.core.models import AuditEvent, Notification
from compliance.models import Breach, Complaint, ContactAttempt, ContactDetail
from tests.compliance.conftest import add_phone
from tests.core.races import at_once
from tests.vendors.returns.house import House, applied, as_csv, noon, sent, verdicts
from vendors.models import PaymentClaim, ReturnedFact, ReturnedFile
from vendors.returns import files
from vendors.returns.refusals import ReturnRefused

pytestmark = pytest.mark.django_db
CALL = ("HT-1", "T-1", "2026-03-02 09:30", "电话", "本人接听", "", "称周五还款")
PAID = ("HT-1", "P-1", "2026-03-01", "200.00", "机构")


def test_contacts_come_in_as_contacts_of_the_agency(house: House, vendor_manager):
    point = add_phone(house.kept, "13900001111")
    lines = [
        ("HT-1", "T-1", "2026/3/2 9:30:05", "电话", "本人接听", "13900001111", "称周五还款"),
        ("HT-1", "T-2", "2026-03-02 10:00", "短信", "已发出", "", ""),
    ]
    file = sent(house.jia, "contacts", *lines, actor=vendor_manager)
    assert (file.state, verdicts(file)) == ("preview", [("fine", ""), ("fine", "")])
    assert not ContactAttempt.objects.exists(), "a preview writes nothing"
    file = applied(file, actor=vendor_manager)
    assert (file.state, file.counts["done"], verdicts(file)) == ("applied", 2, [("done", ""), ("done", "")])
    first, second = ContactAttempt.objects.order_by("started_at")
    assert (first.org, first.channel, first.result, first.point, first.note) == (
        "jia", "call", "right_party", point, "称周五还款",
    )  # fmt: skip
    assert first.started_at == dt.datetime.fromisoformat("2026-03-02T09:30:05+08:00")
    assert (second.channel, second.result, second.point) == ("sms", "sent", None)
    assert not file.rows.exclude(sealed="").exists(), "what was told is in the log now, and only there"
    assert AuditEvent.objects.filter(action="returned.applied").count() == 1


def test_a_contact_after_the_recall_is_recorded_and_a_night_call_is_a_breach(house: House, vendor_manager):
    lines = [
        ("HT-3", "T-1", "2026-03-01 11:00", "电话", "本人接听", "", ""),
        ("HT-1", "T-2", "2026-03-01 23:40", "电话", "本人接听", "", ""),
    ]
    applied(sent(house.jia, "contacts", *lines, actor=vendor_manager), actor=vendor_manager)
    assert ContactAttempt.objects.count() == 2
    assert Breach.objects.filter(rule="CN-T-01", attempt__case=house.kept).exists()


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("contacts", ("", "T-1", "2026-03-02 09:30", "电话", "本人接听", "", "")),
        ("promises", ("", "T-1", "500.00", "2026-03-05")),
        ("payments", ("", "T-1", "2026-03-01", "200.00", "机构")),
        ("complaints", ("", "T-1", "2026-03-01", "骚扰", "一天多次来电")),
    ],
)
def test_what_another_agency_has_and_what_does_not_exist_are_told_alike(house: House, vendor_manager, kind, line):
    """HT-2 lies with 乙, HT-4 in the pool, HT-9 nowhere; HT-1 is 甲's own, and goes in."""
    lines = [(number, f"{line[1]}-{number}", *line[2:]) for number in ("HT-2", "HT-4", "HT-9", "HT-1")]
    file = sent(house.jia, kind, *lines, actor=vendor_manager)
    rows = list(file.rows.order_by("pk"))
    assert [row.verdict for row in rows] == ["refused", "refused", "refused", "fine"]
    told = {(row.reasons[0]["code"], str(row.reasons[0]["params"])) for row in rows[:3]}
    assert len(told) == 1
    assert {(row.case_id, row.sealed) for row in rows[:3]} == {(None, "")}


def test_a_promise_or_payment_outside_its_time_with_the_agency_is_refused(house: House, vendor_manager):
    payments = [
        ("HT-3", "P-1", "2026-02-26", "100.00", "本公司"),
        ("HT-3", "P-2", "2026-02-28", "100.00", "本公司"),
        ("HT-1", "P-3", "2026-02-01", "100.00", "本公司"),
    ]
    file = sent(house.jia, "payments", *payments, actor=vendor_manager)
    held, not_held = ("fine", ""), ("refused", "returned_not_held")
    assert verdicts(file) == [held, not_held, not_held]
    file = sent(house.jia, "promises", ("HT-3", "C-1", "500.00", "2026-03-05"), actor=vendor_manager)
    assert verdicts(file) == [not_held]


def test_promises_are_taken_within_the_limits_of_the_house(house: House, vendor_manager):
    lines = [
        ("HT-1", "C-1", "500.00", "2026-03-05"),
        ("HT-1", "C-2", "300.00", "2026-03-06"),
        ("HT-1", "C-3", "5000.00", "2026-03-06"),
    ]
    file = sent(house.jia, "promises", *lines, actor=vendor_manager)
    assert [verdict for verdict, _code in verdicts(file)] == ["fine", "fine", "refused"]
    file = applied(file, actor=vendor_manager)
    assert Promise.objects.get().amount == Decimal("500.00"), "a case has one open promise; the second was one too many"
    assert verdicts(file) == [("done", ""), ("refused", "returned_promise"), ("refused", "returned_promise")]
    assert ReturnedFact.objects.get().promise == Promise.objects.get()


def test_complaints_start_their_clock_and_whoever_handles_them_is_told_once(
    house: House, vendor_manager, compliance_officer
):
    lines = [("HT-1", "K-1", "2026-03-01", "骚扰", "一天多次来电"), ("HT-3", "K-2", "2026-03-02", "", "退案后仍来电")]
    applied(sent(house.jia, "complaints", *lines, actor=vendor_manager), actor=vendor_manager)
    first, second = Complaint.objects.order_by("pk")
    assert (first.case, first.source, first.type, first.received_on) == (
        house.kept, "agency", "harassment", dt.date(2026, 3, 1),
    )  # fmt: skip
    assert (second.case, second.type) == (house.recalled, "other")
    told = Notification.objects.filter(user=compliance_officer)
    assert [one.kind for one in told] == ["returned.complaints"]


def test_recordings_go_to_the_contacts_that_the_agency_told_of(house: House, vendor_manager):
    applied(sent(house.jia, "contacts", CALL, actor=vendor_manager), actor=vendor_manager)
    lines = [("T-1", "rec-0001.wav", "a" * 64), ("T-9", "rec-0002.wav", ""), ("T-1", "rec-0003.wav", "xyz")]
    file = sent(house.jia, "recordings", *lines, actor=vendor_manager)
    assert verdicts(file) == [("fine", ""), ("refused", "returned_no_contact"), ("refused", "returned_hash")]
    applied(file, actor=vendor_manager)
    assert ContactDetail.objects.get().recording_ref == "rec-0001.wav"
    later = [("T-1", "rec-0001.wav", ""), ("T-1", "other.wav", "")]
    again = [sent(house.jia, "recordings", line, actor=vendor_manager) for line in later]
    assert [verdicts(one) for one in again] == [
        [("known", "returned_known")],
        [("refused", "returned_other_recording")],
    ]
    # Another agency's contact is none for this one.
    assert verdicts(sent(house.yi, "recordings", later[0], actor=vendor_manager)) == [
        ("refused", "returned_no_contact")
    ]


def test_what_cannot_be_read_is_told_with_its_row_and_stops_no_other(house: House, vendor_manager):
    lines = [
        ("HT-1", "T-1", "三月二日", "电话", "本人接听", "", ""),
        ("HT-1", "T-2", "2026-03-02 09:30", "电话", "好像通了", "", ""),
        ("HT-1", "T-3", "2026-03-02 18:00", "电话", "本人接听", "", ""),
        ("HT-1", "T-4", "2026-03-02 09:30", "烽火", "本人接听", "", ""),
        ("", "T-5", "2026-03-02 09:30", "电话", "本人接听", "", ""),
        ("HT-1", "T-6", "2026-03-02 09:31", "电话", "无人接听", "138****0000", ""),
    ]
    file = sent(house.jia, "contacts", *lines, actor=vendor_manager)
    assert verdicts(file) == [
        ("refused", "returned_moment"), ("refused", "returned_result"), ("refused", "returned_future"),
        ("refused", "returned_channel"), ("refused", "required_missing"), ("fine", "phone_masked"),
    ]  # fmt: skip
    assert "138****0000" not in str(list(file.rows.values_list("sealed", flat=True)))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "format_unsupported"),
        ("<html><table><tr><td>合同编号</td></tr></table></html>".encode(), "html_not_excel"),
        ("你好\n今天天气不错\n".encode(), "header_not_found"),
        ("合同编号,参考号,还款日期,还款金额,收款方\nHT-1,P-1,2026-03-01,200,机构\n".encode(), "column_missing"),
        ("合同编号,参考号,联系时间,联系结果\n".encode(), "no_data_rows"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_file_is_refused_with_a_sentence_and_can_be_sent_again(house: House, vendor_manager, content, code):
    file = sent(house.jia, "contacts", actor=vendor_manager, content=content)
    assert (file.state, file.refusal["code"]) == ("refused", code)
    assert not file.rows.exists()
    with pytest.raises(ReturnRefused, match="不能入库"):
        files.request_apply(file=file, actor=vendor_manager, now=noon())
    assert sent(house.jia, "contacts", actor=vendor_manager, content=content).state == "refused", "it was never taken"


def test_the_same_file_again_is_told_and_so_is_the_same_entry_in_another(house: House, vendor_manager):
    first = applied(sent(house.jia, "contacts", CALL, actor=vendor_manager), actor=vendor_manager)
    with pytest.raises(ReturnRefused, match=first.number):
        sent(house.jia, "contacts", CALL, actor=vendor_manager)
    more = ("HT-1", "T-2", "2026-03-02 11:00", "电话", "占线", "", "")
    other = ("HT-1", "T-1", "2026-03-02 09:30", "电话", "空号", "", "")
    second = sent(house.jia, "contacts", CALL, more, actor=vendor_manager)
    assert verdicts(second) == [("known", "returned_known"), ("fine", "")]
    applied(second, actor=vendor_manager)
    assert ContactAttempt.objects.count() == 2
    third = sent(house.jia, "contacts", other, actor=vendor_manager)
    assert verdicts(third) == [("refused", "returned_reference_used")]
    # Another agency's T-1 is another entry.
    theirs = ("HT-2", *CALL[1:])
    assert verdicts(sent(house.yi, "contacts", theirs, actor=vendor_manager)) == [("fine", "")]


def test_one_reference_twice_in_a_file_is_one_entry_or_none(house: House, vendor_manager):
    differs = ("HT-1", "P-2", "2026-03-01", "300.00", "机构")
    lines = [PAID, PAID, differs, (*differs[:3], "301.00", "机构"), ("HT-1", "", *PAID[2:]), ("HT-1", "", *PAID[2:])]
    file = sent(house.jia, "payments", *lines, actor=vendor_manager)
    twice = ("refused", "returned_reference_twice")
    repeated = ("known", "returned_repeated")
    assert verdicts(file) == [("fine", ""), repeated, twice, twice, ("fine", ""), repeated]
    applied(file, actor=vendor_manager)
    assert PaymentClaim.objects.count() == 2
    # Without a number of its own an entry is known by what it says.
    again = sent(house.jia, "payments", ("HT-1", "", *PAID[2:]), actor=vendor_manager)
    assert verdicts(again) == [("known", "returned_known")]


def test_what_changed_since_the_preview_counts_when_it_is_applied(house: House, vendor_manager):
    first, second = (
        sent(house.jia, "payments", PAID, extra, actor=vendor_manager)
        for extra in (("HT-1", "P-2", *PAID[2:]), ("HT-1", "P-3", *PAID[2:]))
    )
    assert verdicts(second)[0] == ("fine", "")
    applied(first, actor=vendor_manager)
    assert verdicts(applied(second, actor=vendor_manager)) == [("known", "returned_known"), ("done", "")]
    assert set(PaymentClaim.objects.values_list("reference", flat=True)) == {"P-1", "P-2", "P-3"}


def test_a_file_is_applied_once_however_often_its_job_runs(house: House, vendor_manager):
    file = applied(sent(house.jia, "payments", PAID, actor=vendor_manager), actor=vendor_manager)
    assert files.apply_file(file=file, now=noon()).applied_at == file.applied_at
    with pytest.raises(ReturnRefused, match="已入库"):
        files.request_apply(file=file, actor=vendor_manager, now=noon())
    with pytest.raises(ReturnRefused, match="不能放弃"):
        files.discard(file=file, actor=vendor_manager, now=noon())
    assert PaymentClaim.objects.count() == 1


def test_a_file_given_up_leaves_nothing_of_what_it_told(
    house: House, vendor_manager, django_capture_on_commit_callbacks
):
    file = sent(house.jia, "contacts", CALL, actor=vendor_manager)
    path = private_files.path_of(file.stored_name, folder=files.FOLDER)
    assert path.is_file()
    with django_capture_on_commit_callbacks(execute=True):
        assert files.discard(file=file, actor=vendor_manager, now=noon()).state == "discarded"
    assert not path.exists()
    assert not file.rows.exists() and not ContactAttempt.objects.exists()
    assert sent(house.jia, "contacts", CALL, actor=vendor_manager).state == "preview", "it may come again"


def test_only_who_may_load_loads(house: House, vendor_manager, finance):
    file = sent(house.jia, "payments", PAID, actor=vendor_manager)
    for act in (
        lambda: sent(house.jia, "payments", actor=finance),
        lambda: files.request_apply(file=file, actor=finance, now=noon()),
        lambda: files.discard(file=file, actor=finance, now=noon()),
    ):
        with pytest.raises(ReturnRefused, match="没有这项权限"):
            act()
    assert applied(file, actor=vendor_manager).state == "applied"


def test_days_of_a_file_are_days_that_were(house: House, vendor_manager):
    for first, last, field in ((2, 1, "last_day"), (2, 3, "last_day")):
        with pytest.raises(ReturnRefused) as refused:
            files.receive(
                file=as_csv("payments", PAID), file_name="a.csv", agency=house.jia, kind="payments",
                first_day=dt.date(2026, 3, first), last_day=dt.date(2026, 3, last), actor=vendor_manager, now=noon(),
            )  # fmt: skip
        assert refused.value.field == field
    assert not ReturnedFile.objects.exists()


def test_the_database_keeps_what_was_claimed_and_what_is_done(house: House, vendor_manager):
    file = applied(sent(house.jia, "payments", PAID, actor=vendor_manager), actor=vendor_manager)
    claim = PaymentClaim.objects.get()
    promise = applied(
        sent(house.jia, "promises", ("HT-1", "C-1", "500.00", "2026-03-05"), actor=vendor_manager), actor=vendor_manager
    )
    assert promise.counts["done"] == 1
    for act in (
        lambda: PaymentClaim.objects.filter(pk=claim.pk).update(amount="1.00"),
        lambda: PaymentClaim.objects.filter(pk=claim.pk).delete(),
        lambda: ReturnedFact.objects.update(reference="x"),
        lambda: ReturnedFile.objects.filter(pk=file.pk).update(state="preview"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


@pytest.mark.django_db(transaction=True)
def test_of_two_who_apply_two_files_with_one_entry_at_once_it_is_in_once(house: House, vendor_manager):
    made = [sent(house.jia, "payments", PAID, ("HT-1", f"P-{n}", *PAID[2:]), actor=vendor_manager) for n in (2, 3)]
    for file in made:
        files.request_apply(file=file, actor=vendor_manager, now=noon())
    told = at_once(*[lambda file=file: files.apply_file(file=file, now=noon()) for file in made])
    assert sorted(one.counts["known"] for one in told) == [0, 1]
    assert PaymentClaim.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_of_two_who_send_one_file_at_once_one_is_told(house: House, vendor_manager):
    def send() -> object:
        return sent(house.jia, "payments", PAID, actor=vendor_manager).state

    answers = at_once(send, send)
    assert [type(one) for one in answers if not isinstance(one, str)] == [ReturnRefused]
    assert "preview" in answers and ReturnedFile.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twin_without_their_turn_the_entry_comes_twice_and_the_database_stops_it(
    house: House, vendor_manager, monkeypatch
):
    from threading import Barrier

    from django.db import IntegrityError

    both = Barrier(2)
    write = files.writing.write

    def write_together(*args):
        both.wait(timeout=10)  # each has found the entry to be new
        write(*args)

    made = [sent(house.jia, "payments", PAID, ("HT-1", f"P-{n}", *PAID[2:]), actor=vendor_manager) for n in (2, 3)]
    for file in made:
        files.request_apply(file=file, actor=vendor_manager, now=noon())
    monkeypatch.setattr(files, "take_turn", lambda agency_id: None)
    monkeypatch.setattr(files.writing, "write", write_together)
    told = at_once(*[lambda file=file: files.apply_file(file=file, now=noon()) for file in made])
    assert [type(one) for one in told if not isinstance(one, ReturnedFile)] == [IntegrityError]


def workbook(*lines: tuple[object, ...]) -> bytes:
    book = Workbook()
    for line in lines:
        book.active.append(line)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def test_a_workbook_with_a_title_and_cells_of_its_own_kinds_is_understood(house: House, vendor_manager):
    content = workbook(
        ("甲机构 催记明细 2026年3月2日",),
        ("序号", "借据号", "流水号", "拨打时间", "通话时长(秒)", "行动", "拨打结果", "催收员", "备注"),
        (1, "HT-1", 10001, dt.datetime(2026, 3, 2, 9, 30), 75, "外呼", "本人", "小王", "称周五还款"),
        (2, "HT-1", 10002, "2026/3/2 10:05", "", "外呼", "空号", "小王", ""),
        ("合计", 2, "", "", "", "", "", "", ""),
    )
    file = sent(house.jia, "contacts", actor=vendor_manager, content=content, name="催记.xlsx")
    assert (file.state, verdicts(file)) == ("preview", [("fine", ""), ("fine", "")]), file.refusal
    applied(file, actor=vendor_manager)
    first = ContactAttempt.objects.order_by("started_at")[0]
    assert (first.result, first.report.reference) == ("right_party", "10001")
    assert first.ended_at - first.started_at == dt.timedelta(seconds=75)


def test_day_and_time_may_stand_in_two_columns(house: House, vendor_manager):
    content = workbook(
        ("合同编号", "联系日期", "联系时间", "联系结果"),
        ("HT-1", dt.date(2026, 3, 2), dt.time(9, 30), "占线"),
        ("HT-1", "2026-03-02", "9:45", "占线"),
        ("HT-1", "", "9:50", "占线"),
    )
    file = sent(house.jia, "contacts", actor=vendor_manager, content=content, name="催记.xlsx")
    assert verdicts(file) == [("fine", ""), ("fine", ""), ("refused", "returned_moment")], file.refusal
    applied(file, actor=vendor_manager)
    begun = ContactAttempt.objects.order_by("started_at").values_list("started_at", flat=True)
    assert [f"{timezone.localtime(at):%H:%M}" for at in begun] == ["09:30", "09:45"]
