"""The nightly look at versions of targets."""

from agents.models import Target
from agents.targets.invariants import targets_add_up
from tests.agents.targets.book import set_by_hand


def test_parts_that_do_not_make_the_whole_are_found(collector):
    version = set_by_hand({collector: "100.00"})
    set_by_hand({collector: "12.00"}, metric="recovery", version=2)
    assert targets_add_up() == []
    Target.objects.filter(set=version, level="person").update(amount="99.99")
    [found] = targets_add_up()
    assert (found["set"], found["metric"], found["difference"]) == (version.pk, "money", "-0.01")
    Target.objects.filter(set=version, level="team").update(amount="99.99")
    assert [row["team"] for row in targets_add_up()] == [None]
