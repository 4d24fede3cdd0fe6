"""The appraisal: worked by hand, step by step, refused where it must be, and its file."""

import csv
import io
from decimal import Decimal

import pytest
from django.urls import reverse

from agents.models import Appraisal
from agents.reviews.appraisals import AppraisalRefused, answer, decide, open_month, say_leader, say_self, score_of
from agents.reviews.month_facts import Figure, month_facts
from agents.reviews.scoring import missing_for_next, score
from agents.reviews.weights import DEFAULTS, read_weights, save_weights
from collection_ops.core.models import AuditEvent
from tests.access.parts.reviews import make_appraisal
from tests.agents.reviews.month import APRIL, MARCH, at, breach, call, case_of, complain, hired, pay
from tests.core.races import at_once
from tests.staff import place


def figures(**pairs: tuple[str, str | None]) -> dict[str, Figure]:
    return {name: Figure(Decimal(n), None if d is None else Decimal(d)) for name, (n, d) in pairs.items()}


HAND = figures(
    target=("8000.00", "10000.00"),  # 80 %: 25 × (80 − 50) ÷ 50 = 15
    recovery=("8000.00", "8000.00"),  # 100 %: 20 × (100 − 60) ÷ 50 = 16
    complaints=("0", None),  # 15 × (0 − 2) ÷ (0 − 2) = 15
    handled=("1", "1"),  # 5
    breaches=("1", None),  # 10 × (1 − 3) ÷ (0 − 3) = 6.67
    overridden=("0", None),  # 5
    notes=("89", "100"),  # 89 %: 5 × 9 ÷ 18 = 2.5
    recordings=("10", "10"),  # 5
    attendance=("20", "20"),  # 5
    conduct=("0", None),  # 5
)


def test_points_as_one_would_work_them_out_by_hand():
    scored = score(HAND, DEFAULTS)
    assert [str(line.points) for line in scored.lines] == [
        "15.00", "16.00", "15.00", "5.00", "6.67", "5.00", "2.50", "5.00", "5.00", "5.00",
    ]  # fmt: skip
    assert (scored.total, scored.grade) == (Decimal("80.17"), "B")


def test_what_cannot_be_measured_is_left_out_and_the_rest_scaled_up():
    scored = score({**HAND, "target": Figure(Decimal("8000.00"), Decimal(0))}, DEFAULTS)
    assert scored.lines[0].value is None and scored.lines[0].points == 0
    assert scored.lines[1].points == Decimal("21.33")  # 16 × 100 ÷ 75
    assert sum(line.points for line in scored.lines) == scored.total


def test_an_upheld_complaint_keeps_the_grade_at_c_whatever_the_money():
    rich = {**HAND, "target": Figure(Decimal(99999), Decimal(100)), "complaints": Figure(Decimal(1)),
            "breaches": Figure(Decimal(0)), "recovery": Figure(Decimal(9), Decimal(1))}  # fmt: skip
    scored = score(rich, DEFAULTS)
    assert scored.total > 80 and (scored.grade, scored.capped) == ("C", True)
    assert score({**rich, "complaints": Figure(Decimal(0))}, DEFAULTS).grade == "A"


def test_what_is_missing_for_the_next_grade_is_exact():
    found = {one.figure: one.change for one in missing_for_next(HAND, DEFAULTS)}
    assert "money" in found and found.get("breaches") is None  # 3.33 points are not enough
    for step, better in ((Decimal(0), True), (Decimal("-0.01"), False)):
        money = Decimal("8000.00") + found["money"] + step
        changed = {
            **HAND, "target": Figure(money, Decimal("10000.00")), "recovery": Figure(money, Decimal("8000.00")),
        }  # fmt: skip
        assert (score(changed, DEFAULTS).grade == "A") is better
    assert missing_for_next(figures(complaints=("0", None)), DEFAULTS) == []  # full marks


def test_the_complaint_that_caps_the_grade_is_what_is_missing():
    capped = {**HAND, "complaints": Figure(Decimal(1)), "target": Figure(Decimal(10000), Decimal(10000))}
    found = {one.figure: one.change for one in missing_for_next(capped, DEFAULTS)}
    assert found["complaints"] == -1 and "money" not in found


@pytest.mark.django_db
def test_a_month_is_gathered_from_what_happened(team_leader):
    lin, ma = hired("lin", "林晓燕"), hired("ma", "马哈提")
    mine, other = case_of(lin, total="10000.00"), case_of(ma, total="10000.00")
    pay(mine, 10, "3000.00")
    pay(other, 10, "1000.00")
    first = call(mine, lin, at(3), late=0)
    call(mine, lin, at(4), late=12, result="right_party")
    breach(first)
    complain(mine, lin, at(5))
    found = month_facts(month=MARCH, users=[lin.pk], now=APRIL)[lin.pk].figures
    assert found["money"] == Figure(Decimal("3000.00"))
    # Everybody's rate: 4,000 ÷ 20,000; of her 10,000 one would expect 2,000.
    assert found["recovery"] == Figure(Decimal("3000.00"), Decimal("2000.00"))
    assert (found["notes"], found["breaches"].number) == (Figure(Decimal(1), Decimal(2)), 1)
    assert (found["complaints"].number, found["handled"]) == (1, Figure(Decimal(1), Decimal(1)))
    assert found["attendance"] == Figure(Decimal(22), Decimal(22)) and found["cert_days"].number == 0
    assert (found["contacted"].number, found["effective"].number) == (1, 1)


@pytest.mark.django_db
def test_from_opening_to_agreement(collector, team_leader, manager):
    place(collector)
    with pytest.raises(AppraisalRefused, match="没有结束"):
        open_month(month=MARCH, users=[collector], actor=team_leader, now=at(30))
    (row,) = open_month(month=MARCH, users=[collector], actor=team_leader, now=APRIL)
    with pytest.raises(AppraisalRefused, match="都已有"):
        open_month(month=MARCH, users=[collector], actor=manager, now=APRIL)
    with pytest.raises(AppraisalRefused, match="本人填写"):
        say_self(appraisal=row, view="代写", actor=team_leader, now=APRIL)
    with pytest.raises(AppraisalRefused, match="待自评"):
        say_leader(appraisal=row, view="好", adjustment=Decimal(0), actor=team_leader, now=APRIL)
    say_self(appraisal=row, view="完成了目标", actor=collector, now=APRIL)
    with pytest.raises(AppraisalRefused, match="自己"):
        say_leader(appraisal=row, view="好", adjustment=Decimal(0), actor=collector, now=APRIL)
    with pytest.raises(AppraisalRefused, match="-5 与 5"):
        say_leader(appraisal=row, view="好", adjustment=Decimal("5.5"), actor=team_leader, now=APRIL)
    judged = say_leader(appraisal=row, view="带新人", adjustment=Decimal("-2.5"), actor=team_leader, now=APRIL)
    assert judged.result == judged.points - Decimal("2.5")
    agreed = answer(appraisal=row, agrees=True, note="", actor=collector, now=APRIL)
    assert agreed.state == "agreed"
    with pytest.raises(AppraisalRefused, match="已一致"):
        decide(appraisal=row, adjustment=Decimal(0), reason="再议", actor=manager, now=APRIL)


@pytest.mark.django_db
def test_a_second_leader_decides_where_the_two_do_not_agree(collector, team_leader, manager):
    row = make_appraisal(collector, team_leader, state="leader")
    with pytest.raises(AppraisalRefused, match="为什么"):
        answer(appraisal=row, agrees=False, note=" ", actor=collector, now=APRIL)
    answer(appraisal=row, agrees=False, note="投诉不成立", actor=collector, now=APRIL)
    with pytest.raises(AppraisalRefused, match="另一位"):
        decide(appraisal=row, adjustment=Decimal(0), reason="维持", actor=team_leader, now=APRIL)
    decided = decide(appraisal=row, adjustment=Decimal(3), reason="核实", actor=manager, now=APRIL)
    assert (decided.state, decided.result) == ("decided", score_of(decided).total)


@pytest.mark.django_db
def test_weights_add_up_and_later_versions_do_not_touch_open_months(collector, team_leader, manager):
    row = make_appraisal(collector, team_leader)
    before = score_of(row).total
    for change, why in (
        ({"target_weight": 26}, "合计须为 100"),
        ({"target_floor": 100}, "零分线"),
        ({"grade_b": 95}, "依次降低"),
        ({"target_weight": "x"}, "整数"),
        ({"complaints_weight": 0, "breaches_weight": 0, "target_weight": 50}, "不能只看金额"),
    ):
        with pytest.raises(AppraisalRefused, match=why):
            read_weights({**DEFAULTS, **change})
    typed = {**DEFAULTS, "target_weight": 20, "complaints_weight": 20}
    save_weights(typed=typed, reason="更看重投诉", based_on=0, actor=manager, now=APRIL)
    with pytest.raises(AppraisalRefused, match="他人修改"):
        save_weights(typed=typed, reason="再改", based_on=0, actor=manager, now=APRIL)
    assert score_of(row).total == before


@pytest.mark.django_db(transaction=True)
def test_two_who_open_a_month_at_once_open_it_once(collector, team_leader, supervisor):
    place(collector)
    acts = [
        lambda who=who: open_month(month=MARCH, users=[collector], actor=who, now=APRIL)
        for who in (team_leader, supervisor)
    ]
    results = at_once(*acts)
    assert Appraisal.objects.count() == 1
    assert sum(len(one) for one in results if isinstance(one, list)) == 1


@pytest.mark.django_db
def test_the_file_holds_ones_own_scope_and_no_formula(client_as, collector, team_leader, supervisor):
    other = hired("far", "外组")
    type(other).objects.filter(pk=other.pk).update(unit="team-z")
    row = make_appraisal(collector, team_leader, state="leader")
    make_appraisal(other, supervisor)
    Appraisal.objects.filter(pk=row.pk).update(self_view='=HYPERLINK("http://x")')
    url = f"{reverse('reviews:appraisals_export')}?month={row.month:%Y-%m}&format=csv"
    text = client_as(team_leader).get(url).content.decode("utf-8-sig")
    assert "林催收" in text and "外组" not in text
    cells = [cell for line in csv.reader(io.StringIO(text)) for cell in line]
    assert not [cell for cell in cells if cell.startswith("=")]
    assert "外组" in client_as(supervisor).get(url).content.decode("utf-8-sig")
    assert client_as(collector).get(url.replace("csv", "exe")).status_code == 404
    assert client_as(supervisor).get(url.replace("csv", "xlsx")).content[:2] == b"PK"
    assert AuditEvent.objects.filter(action="appraisal.exported").count() == 3
