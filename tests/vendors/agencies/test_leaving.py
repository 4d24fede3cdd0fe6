"""How an agency leaves (CN-A-07): nothing of ours stays with it."""

import datetime as dt
import io

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from cases.models import Custody, Desk
from cases.services.custody import move_cases
from collection_ops.core.invariants import check_all
from collection_ops.core.models import AuditEvent, User
from collection_ops.core.services.api_tokens import issue_token, revoke_token
from tests.cases.builders import desk_of, make_case
from tests.cases.care.files import GOOD
from tests.vendors.agencies.builders import DAY, LONG_AGO, make_agency, moment, working_agency
from vendors.agencies import judging, leaving, papers, register
from vendors.agencies.refusals import AgencyRefused
from vendors.models import Agency, AgencyDocument, AgencyState, Placement, PlacementBatch

pytestmark = pytest.mark.django_db
LATER = DAY + dt.timedelta(days=4)


@pytest.fixture
def agency(vendor_manager: User, compliance_officer: User) -> Agency:
    return working_agency(vendor_manager, compliance_officer)


def step(act, agency: Agency, actor: User, on: dt.date = LATER) -> Agency:
    return act(agency=agency, on=on, actor=actor, now=moment(LATER), day=LATER)


def certify(agency: Agency, actor: User, **given: object) -> Agency:
    return leaving.certify_deletion(
        **{"agency": agency, "signed_on": LATER, "actor": actor, "now": moment(LATER), "day": LATER, **given}
    )


def finish(agency: Agency, actor: User) -> Agency:
    return leaving.finish_exit(agency=agency, actor=actor, now=moment(LATER), day=LATER)


def begin(agency: Agency, actor: User) -> Agency:
    return leaving.begin_exit(agency=agency, on=DAY, reason="合同到期不续", actor=actor, day=DAY)


def test_an_agency_leaves_step_by_step(agency, vendor_manager):
    with pytest.raises(AgencyRefused, match="请先开始退出"):
        step(leaving.close_accounts, agency, vendor_manager)
    begin(agency, vendor_manager)
    agency.refresh_from_db()
    assert (agency.state, agency.exit_begun_on, agency.desk.is_active) == ("exiting", DAY, False)
    assert leaving.due_on(agency, 5) == dt.date(2026, 3, 10)
    with pytest.raises(AgencyRefused, match="关闭账号、返还数据、取得删除证明"):
        finish(agency, vendor_manager)
    step(leaving.data_returned, agency, vendor_manager)
    with pytest.raises(AgencyRefused, match="已登记过"):
        step(leaving.data_returned, agency, vendor_manager)
    step(leaving.close_accounts, agency, vendor_manager)
    with pytest.raises(AgencyRefused, match="还缺：取得删除证明"):
        finish(agency, vendor_manager)
    certify(agency, vendor_manager, number="SC-1", file=io.BytesIO(GOOD["pdf"]), file_name="删除证明.pdf")
    paper = AgencyDocument.objects.get(kind="deletion")
    assert (paper.signed_on, paper.number, bool(paper.stored_name)) == (LATER, "SC-1", True)
    assert finish(agency, vendor_manager).state == AgencyState.EXITED
    said = AuditEvent.objects.filter(action__startswith="agency.exit").order_by("pk")
    assert list(said.values_list("action", flat=True)) == [
        *("agency.exit_begun", "agency.exit_step", "agency.exit_step", "agency.exit_step", "agency.exited"),
    ]  # fmt: skip


def test_what_left_is_only_read(agency, vendor_manager, compliance_officer):
    begin(agency, vendor_manager)
    common = {"agency": agency, "now": moment(), "day": DAY}
    with pytest.raises(AgencyRefused, match="正在退出"):
        papers.record_document(kind="other", signed_on=DAY, actor=vendor_manager, **common)
    for act in (leaving.close_accounts, leaving.data_returned):
        step(act, agency, vendor_manager)
    certify(agency, vendor_manager)
    finish(agency, vendor_manager)
    with pytest.raises(AgencyRefused, match="已退出"):
        judging.record_check(kind="site", passed=True, checked_on=DAY, found="x", actor=compliance_officer, **common)
    with pytest.raises(AgencyRefused, match="已退出"):
        begin(agency, vendor_manager)
    with pytest.raises(AgencyRefused, match="已退出"):
        register.resume(agency=agency, reason="x", actor=compliance_officer, day=DAY)


def test_while_a_case_is_with_it_no_data_are_back_and_nobody_is_out(agency, vendor_manager, collector):
    case = make_case()
    Custody.objects.update(started_at=moment(LONG_AGO))
    moved = {"cases": [case.pk], "reason": "委外", "actor": vendor_manager}
    move_cases(desk=Desk.objects.get(pk=agency.desk_id), now=moment(), **moved)
    begin(agency, vendor_manager)
    step(leaving.close_accounts, agency, vendor_manager)
    for act in (
        lambda: step(leaving.data_returned, agency, vendor_manager),
        lambda: certify(agency, vendor_manager),
        lambda: finish(agency, vendor_manager),
    ):
        with pytest.raises(AgencyRefused, match="还有 1 件案件"):
            act()
    assert not AgencyDocument.objects.filter(kind="deletion").exists()
    move_cases(desk=desk_of(collector), now=moment() + dt.timedelta(hours=1), **moved)
    step(leaving.data_returned, agency, vendor_manager)
    certify(agency, vendor_manager)
    assert finish(agency, vendor_manager).state == AgencyState.EXITED


def test_an_open_placement_holds_the_exit_even_when_its_case_lies_elsewhere(agency, vendor_manager):
    case = make_case()
    batch = PlacementBatch.objects.create(number="P1", as_of=DAY, seed=1)
    placement = Placement.objects.create(
        batch=batch, agency=agency, case=case, loan=case.loan, stage=2, amount=1, placed_on=LONG_AGO
    )
    begin(agency, vendor_manager)
    with pytest.raises(AgencyRefused, match="还有 1 件案件"):
        step(leaving.data_returned, agency, vendor_manager)
    Placement.objects.filter(pk=placement.pk).update(recalled_on=DAY)
    assert step(leaving.data_returned, agency, vendor_manager).data_returned_on == LATER


def test_accounts_are_closed_when_its_tokens_are_revoked(agency, vendor_manager, admin_user):
    common = {"integration": "回传", "scopes": ["cases.read"], "actor": admin_user, "now": timezone.now()}
    theirs, _secret = issue_token(org=agency.desk.code, **common)
    issue_token(org="agency-other", **common)
    issue_token(**common)
    begin(agency, vendor_manager)
    with pytest.raises(AgencyRefused, match="还有 1 个接口令牌"):
        step(leaving.close_accounts, agency, vendor_manager)
    revoke_token(token=theirs, actor=admin_user, now=timezone.now(), reason="机构退出")
    step(leaving.close_accounts, agency, vendor_manager)
    step(leaving.data_returned, agency, vendor_manager)
    certify(agency, vendor_manager)
    issue_token(org=agency.desk.code, **common)
    with pytest.raises(AgencyRefused, match="又签发了接口令牌"):
        finish(agency, vendor_manager)


def test_days_of_steps_lie_between_the_beginning_and_today(agency, vendor_manager):
    with pytest.raises(AgencyRefused, match="原因"):
        leaving.begin_exit(agency=agency, on=DAY, reason="", actor=vendor_manager, day=DAY)
    with pytest.raises(AgencyRefused, match="晚于今天"):
        leaving.begin_exit(agency=agency, on=LATER, reason="x", actor=vendor_manager, day=DAY)
    begin(agency, vendor_manager)
    for wrong in (DAY - dt.timedelta(1), LATER + dt.timedelta(1)):
        with pytest.raises(AgencyRefused):
            step(leaving.close_accounts, agency, vendor_manager, on=wrong)
        with pytest.raises(AgencyRefused) as refused:
            certify(agency, vendor_manager, signed_on=wrong)
        assert refused.value.field == "signed_on"


def test_somebody_who_only_applied_can_go_again(vendor_manager):
    agency = make_agency(vendor_manager)
    assert begin(agency, vendor_manager).state == AgencyState.EXITING


def test_the_database_lets_nobody_out_without_the_certificate(agency):
    with transaction.atomic(), pytest.raises(IntegrityError), transaction.atomic():
        Agency.objects.filter(pk=agency.pk).update(state="exited")


def test_the_nightly_check_finds_what_should_not_be_with_agencies(agency, vendor_manager, admin_user):
    def found() -> dict[str, list[dict[str, object]]]:
        lines = {line["code"]: line["rows"] for line in check_all(now=timezone.now())}
        return {code: lines[code] for code in ("I41", "I41b") if lines[code]}

    begin(agency, vendor_manager)
    for act in (leaving.close_accounts, leaving.data_returned):
        step(act, agency, vendor_manager)
    certify(agency, vendor_manager)
    finish(agency, vendor_manager)
    assert found() == {}
    Desk.objects.filter(pk=agency.desk_id).update(is_active=True)
    case = make_case(desk=agency.desk)
    assert found() == {"I41": [{"agency": agency.pk, "state": "exited"}], "I41b": [{"agency": agency.pk}]}
    Desk.objects.filter(pk=agency.desk_id).update(is_active=False)
    type(case).objects.filter(pk=case.pk).update(desk=None)
    assert found() == {}
    issue_token(org=agency.desk.code, integration="回传", scopes=["cases.read"], actor=admin_user, now=timezone.now())
    assert found() == {"I41b": [{"agency": agency.pk}]}
