"""Who may move what from where to where: pure, and the table of versions."""

import pytest

from agents.moves.limits import (
    DEFAULTS,
    Limits,
    LimitsRefused,
    Place,
    limits_in_force,
    read_line,
    save_limits,
)
from collection_ops.core import clock
from collection_ops.core.models import AuditEvent, User

pytestmark = pytest.mark.django_db

POOL = Place("pool", "")
OWN, OTHER = Place("collector", "team-a"), Place("collector", "team-b")
AGENCY = Place("agency", "")
IN_FORCE = Limits(0, DEFAULTS)


def test_a_leader_moves_inside_the_team_and_from_and_to_the_pool(team_leader: User) -> None:
    reach = IN_FORCE.of(team_leader)
    assert [reach.refuses(*way) for way in ((OWN, OWN), (OWN, POOL), (POOL, OWN))] == ["", "", ""]
    assert reach.refuses(OWN, OTHER) == "limit_team"
    assert reach.refuses(OTHER, OWN) == "limit_team"
    assert reach.refuses(OWN, AGENCY) == "limit_to"
    assert reach.refuses(AGENCY, OWN) == "limit_from"


def test_a_leader_without_a_unit_leads_no_desk_without_one(team_leader: User) -> None:
    team_leader.unit = ""
    assert IN_FORCE.of(team_leader).refuses(Place("collector", ""), POOL) == "limit_team"


def test_a_supervisor_moves_across_teams_and_only_the_manager_to_an_agency(supervisor: User, manager: User) -> None:
    assert IN_FORCE.of(supervisor).refuses(OWN, OTHER) == ""
    assert IN_FORCE.of(supervisor).refuses(OWN, AGENCY) == "limit_to"
    assert IN_FORCE.of(manager).refuses(OWN, AGENCY) == ""


def test_a_collector_has_no_line_and_moves_nothing(collector: User) -> None:
    reach = IN_FORCE.of(collector)
    assert (reach.most, reach.refuses(OWN, POOL)) == (0, "limit_from")


def test_a_new_version_holds_at_once_and_the_old_one_stays(supervisor: User, team_leader: User) -> None:
    leader, *others = DEFAULTS
    line = read_line(role=leader.role, takes=["collector"], gives=["pool"], other_teams=False, most="5")
    save_limits(lines=[line, *others], reason="只许退回", based_on=0, actor=supervisor, now=clock.now())
    reach = limits_in_force().of(team_leader)
    assert (reach.most, reach.refuses(OWN, POOL), reach.refuses(OWN, OWN)) == (5, "", "limit_to")
    assert AuditEvent.objects.get(action="moves.limited").data == {"changed": ["team_leader"]}
    with pytest.raises(LimitsRefused, match="已被他人修改"):
        save_limits(lines=list(DEFAULTS), reason="恢复", based_on=0, actor=supervisor, now=clock.now())


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"most": "-1"}, "0 至"),
        ({"most": "很多"}, "0 至"),
        ({"most": "100001"}, "0 至"),
        ({"takes": ["cellar"]}, "不认识"),
        ({"gives": []}, "都不选"),
        ({"other_teams": True}, "组长只能在本组"),
    ],
)
def test_a_line_that_makes_no_sense_is_refused_with_a_sentence(values: dict[str, object], sentence: str) -> None:
    line = {"role": "team_leader", "takes": ["pool"], "gives": ["pool"], "other_teams": False, "most": "5"}
    with pytest.raises(LimitsRefused, match=sentence):
        read_line(**{**line, **values})  # type: ignore[arg-type]


def test_no_reason_and_no_change_are_refused(supervisor: User) -> None:
    for reason, sentence in (("", "原因"), ("无", "没有改动")):
        with pytest.raises(LimitsRefused, match=sentence):
            save_limits(lines=list(DEFAULTS), reason=reason, based_on=0, actor=supervisor, now=clock.now())
