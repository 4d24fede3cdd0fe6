"""While somebody is covered, dealing goes round them and round what they have lent."""

from agents.assignment.runs import plan_run
from agents.models import AssignmentMove
from cases.models import Case
from tests.agents.cover.conftest import at, march
from tests.cases.builders import make_case


def test_new_cases_do_not_go_to_whoever_is_covered(owner, helper, second, arranged, case_of, supervisor):
    case_of(owner)
    arranged(helper)
    for number in range(6):
        make_case(total=f"{1000 + number}", days=10, as_of=march(9), opened_on=march(9))

    def dealt_to(day):
        run = plan_run(cases=None, chosen={}, unit="", day=march(day), seed=1, actor=supervisor, now=at(9))
        return {move.to_desk.owner for move in AssignmentMove.objects.filter(run=run, to_desk__isnull=False)}

    assert dealt_to(11) == {helper, second}
    assert dealt_to(13) == {owner, helper, second}


def test_what_is_lent_is_not_dealt_out(owner, helper, second, arranged, case_of, supervisor):
    lent, own = case_of(owner), case_of(helper)
    arranged(helper, first=9, last=12, now=at(9))
    lent.refresh_from_db()
    assert lent.desk == helper.desk
    run = plan_run(cases=Case.objects.all(), chosen={}, unit="", day=march(11), seed=1, actor=supervisor, now=at(9, 12))
    assert set(run.moves.values_list("case", flat=True)) == {own.pk}
