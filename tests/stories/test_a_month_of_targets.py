"""March 2026: 1,000,000.00 for two teams and five people, one of them new, one away for half of the month. Every figure is
worked out by hand in the comments.

Business days: 22, of which 11 from Monday the 2nd to Monday the 16th, 11 from Tuesday the 17th to Tuesday the 31st.
"""

import datetime as dt
from decimal import Decimal

import pytest
from django.utils import timezone

from agents.models import Leave
from agents.targets.follow import standings, tree_of
from agents.targets.metrics import BY_CODE
from agents.targets.sets import agree_targets, agreed, first_agreed, propose_targets
from agents.targets.spread import Reach
from tests.agents.targets.book import MARCH, held, new_collector, pay
from tests.staff import make_team

pytestmark = pytest.mark.django_db
MONEY = BY_CODE["money"]
BEGIN = timezone.make_aware(dt.datetime(2026, 3, 2, 9))


@pytest.fixture
def book():
    """M1 cases of 1,000 to 5,000: 35 % expected. Team one: 甲 4,000 × 10, 乙 4,000 × 5, 新人 4,000 × 10 since February the
    16th; team two: 丙 4,000 × 10, 半月 4,000 × 10 and away from the 17th."""
    one, two = make_team("one", "一组"), make_team("two", "二组")
    people = {
        "甲": new_collector("甲", one),
        "乙": new_collector("乙", one),
        "新人": new_collector("新人", one, joined_on=dt.date(2026, 2, 16)),
        "丙": new_collector("丙", two),
        "半月": new_collector("半月", two),
    }
    Leave.objects.create(
        user=people["半月"], kind="family", first_day=dt.date(2026, 3, 17), last_day=dt.date(2026, 3, 31),
        state="approved", asked_at=BEGIN,
    )  # fmt: skip
    cases = {
        name: [held(user, "4000.00", days=20) for _n in range(5 if name == "乙" else 10)]
        for name, user in people.items()
    }
    return people, cases


def amounts(version, people):
    rows = {(row.level, row.user_id or row.team.name if row.team else ""): row.amount
            for row in version.targets.filter(metric="money").select_related("team")}  # fmt: skip
    return rows[("company", "")], rows[("team", "一组")], rows[("team", "二组")], {
        name: rows[("person", user.pk)] for name, user in people.items()
    }  # fmt: skip


def test_a_month_from_company_to_person_and_back(book, supervisor):
    people, cases = book
    proposal = propose_targets(
        month=MARCH, amounts={"money": "1,000,000.00"}, based_on=0, day=dt.date(2026, 3, 2), actor=supervisor, now=BEGIN
    )
    # Weights, expected × days × factor: 甲 14,000 × 22, 乙 7,000 × 22, 新人 14,000 × 22 × 50 %, 丙 14,000 × 22,
    # 半月 14,000 × 11; so 2 : 1 : 1 : 2 : 1, of 7 parts. Team one 4/7, team two 3/7.
    company, one, two, persons = amounts(proposal, people)
    assert (company, one, two) == (Decimal("1000000.00"), Decimal("571428.57"), Decimal("428571.43"))
    # 571,428.57 ÷ 4 = 142,857.1425: the cents left over go to the largest fractions, the first among equals first.
    assert persons["甲"] + persons["乙"] + persons["新人"] == one
    assert persons["丙"] + persons["半月"] == two
    assert persons == {
        "甲": Decimal("285714.29"), "乙": Decimal("142857.14"), "新人": Decimal("142857.14"),
        "丙": Decimal("285714.29"), "半月": Decimal("142857.14"),
    }  # fmt: skip

    # The supervisor rounds: what adds up is agreed, both versions stay.
    keys = {name: f"person-{user.pk}" for name, user in people.items()}
    teams = {
        row.team.name: f"team-{row.team_id}" for row in proposal.targets.filter(level="team").select_related("team")
    }
    typed = {
        teams["一组"]: "570000", teams["二组"]: "430000", keys["甲"]: "286000", keys["乙"]: "143000",
        keys["新人"]: "141000", keys["丙"]: "287000", keys["半月"]: "143000",
    }  # fmt: skip
    version = agree_targets(
        month=MARCH, metric=MONEY, typed=typed, reason="取整", based_on=proposal.pk, actor=supervisor, now=BEGIN
    )
    assert amounts(proposal, people)[3]["新人"] == Decimal("142857.14")
    assert agreed(MARCH) == first_agreed(MARCH) == version

    # 甲 has 22 days: 286,000 a day is 13,000; five weeks of 5, 5, 5, 5 and 2 days.
    [standing] = standings(version, people["甲"].pk, day=dt.date(2026, 3, 2))
    days = standing.calendar
    assert set(days.days.values()) == {Decimal("13000.00")}
    assert list(days.weeks.values()) == [Decimal(amount) for amount in ("65000", "65000", "65000", "65000", "26000")]
    assert sum(days.days.values()) == sum(days.weeks.values()) == Decimal(286000)
    assert standing.progress.needed == Decimal("13000.00")
    # 半月 has 11 days and everything lies on them: 143,000 ÷ 11 = 13,000.
    [half] = standings(version, people["半月"].pk, day=dt.date(2026, 3, 2))
    assert len(half.calendar.days) == 11
    assert sum(half.calendar.days.values()) == Decimal(143000)
    assert half.calendar.this_day == Decimal("13000.00")

    # Money until the 16th: 甲 3 × 40,000 (10,000 came and went back), 乙 nothing, 新人 141,000, 丙 100,000, 半月 50,000.
    first = pay(cases["甲"][0], 4, "40000.00")
    pay(cases["甲"][1], 10, "40000.00")
    pay(cases["甲"][2], 16, "40000.00")
    pay(cases["甲"][3], 5, "10000.00")
    pay(cases["甲"][3], 6, "10000.00", reversal_of=cases["甲"][3].loan.repayments.get())
    pay(cases["甲"][4], 6, "500.00", status="claimed")
    pay(cases["新人"][0], 12, "141000.00")
    pay(cases["丙"][0], 12, "100000.00")
    pay(cases["半月"][0], 13, "50000.00")
    assert first.amount == 40000
    day = dt.date(2026, 3, 17)
    root = tree_of(version, MONEY, day=day)
    assert root is not None
    # 120,000 + 0 + 141,000 + 100,000 + 50,000 = 411,000 of 1,000,000; 589,000 ÷ 11 days left = 53,545.45…
    assert (root.progress.value, root.progress.percent) == (Decimal("411000.00"), Decimal("41.10"))
    assert (root.progress.days_left, root.progress.needed) == (11, Decimal("53545.45"))
    rows = {node.label: node.progress for team in root.parts for node in (team, *team.parts)}
    # Team one 261,000 of 570,000, team two 150,000 of 430,000.
    assert (rows["一组"].value, rows["一组"].needed) == (261000, Decimal("28090.91"))
    assert (rows["二组"].value, rows["二组"].needed) == (150000, Decimal("25454.55"))
    # 甲: 286,000 − 120,000 = 166,000 ÷ 11 = 15,090.91. The best week is from Wednesday the 4th to Tuesday the 10th:
    # 80,000 ÷ 5 = 16,000 a day, so it is within reach.
    assert (rows["甲"].needed, rows["甲"].pace, rows["甲"].reach) == (Decimal("15090.91"), 16000, Reach.LIKELY)
    # 乙 has never brought anything: 143,000 is far beyond what 5 cases will bring (7,000).
    assert (rows["乙"].needed, rows["乙"].reach) == (Decimal("13000.00"), Reach.OUT)
    assert (rows["新人"].percent, rows["新人"].reach, rows["新人"].needed) == (100, Reach.DONE, None)
    # 半月 is away until the end: no day is left.
    assert (rows["半月"].days_left, rows["半月"].needed, rows["半月"].reach) == (0, None, Reach.MISSED)

    # What 甲 still lacks, spread over the 11 days left, adds up to it.
    [standing] = standings(version, people["甲"].pk, day=day)
    assert sum(standing.calendar.rest.values()) == standing.progress.gap == Decimal(166000)
    assert standing.calendar.needed_today == Decimal("15090.91")

    # Half of the month through, the target of 乙 goes to 甲; the first one stays beside it.
    later = agree_targets(
        month=MARCH, metric=MONEY, typed={keys["甲"]: "296000", keys["乙"]: "133000"}, reason="乙转岗一周",
        based_on=version.pk, actor=supervisor, now=BEGIN,
    )  # fmt: skip
    [standing] = standings(later, people["甲"].pk, day=day, first=first_agreed(MARCH))
    assert (standing.progress.target, standing.first) == (296000, 286000)
    assert tree_of(later, MONEY, day=day).progress.target == 1000000
