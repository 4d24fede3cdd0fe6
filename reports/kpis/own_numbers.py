"""可联率: whether debtors can be reached at a number of their own."""

# ruff: noqa: S608  statements are put together from constants of this package only

from typing import Any

from django.utils.translation import gettext_lazy as _

from cases import known
from reports.kpis.asked import Answer, Question
from reports.kpis.definitions import Definition, InForce, Param, Unit, kpi_of
from reports.kpis.log import known_contact, midnight
from reports.kpis.recovery import BOOK_DIMS
from reports.kpis.rows import answer, days_of, grouped, newest_files, rate, with_desks

REACHABLE_RATE = Definition(
    name="reachable_rate",
    label=_("可联率"),
    unit=Unit.PERCENT,
    event=_("最近%(days)s日内本人号码有人接听(不论呼出呼入)、此后未发现停机或空号的案件"),
    population=_("期末账簿：截至期末各来源最新文件列出的合同"),
    grain=_("件数；同一客户的各案件同看其全部本人号码"),
    as_of=_("期末当日终了"),
    window=_("期末及此前共%(days)s日"),
    exclusions=_("联系人的号码；无人接听、占线、语音信箱不能证明号码有效或失效；号码非本人的联系不计"),
    attribution=_("按期末账簿的阶段、产品、地区；席位按期末次日零时的持有人"),
    dims=BOOK_DIMS,
    higher_is_better=True,
    params={"days": Param(_("观察天数"), 30, 1, 365, _("天"))},
)


def book_of_people(question: Question, version: InForce) -> tuple[dict[str, str], dict[str, Any]]:
    """CTEs up to `reached`: the closing book with `works`: a number of the debtor's own was answered within the window and
    not found dead since; false: every number tried is dead; NULL: nothing is known. And parameters."""
    counts, told = known_contact(past=question.past)
    ctes = {
        "book": with_desks(
            known.positions(newest_files(question), past=question.past), question, day="(%(as_of)s::date + 1)"
        ),
        # The newest thing that is known of each number.
        "tested": f"""SELECT DISTINCT ON (a.point_id) a.debtor_id,
                a.result IN ('connected', 'right_party') AS works
            FROM compliance_contactattempt a JOIN cases_contactpoint n ON n.id = a.point_id
            WHERE n.relation = '' AND n.kind = 'phone' AND a.channel = 'call' AND {counts} AND {told}
              AND a.result IN ('connected', 'right_party', 'dead_number', 'out_of_service')
              AND a.started_at >= {midnight("(%(as_of)s::date + 1 - %(days)s)")}
              AND a.started_at < {midnight("(%(as_of)s::date + 1)")}
            ORDER BY a.point_id, a.started_at DESC, a.id DESC""",
        "people": "SELECT t.debtor_id, bool_or(t.works) AS works FROM tested t GROUP BY 1",
        "reached": """SELECT b.*, p.works FROM book b JOIN cases_loan l ON l.id = b.loan_id
            LEFT JOIN people p ON p.debtor_id = l.debtor_id""",
    }
    return ctes, {"days": version["days"]}


@kpi_of(REACHABLE_RATE)
def reachable_rate(question: Question, version: InForce) -> Answer:
    """Debts whose debtor has a number of his own that was answered within the window and not found dead since ÷ all debts of
    the closing book. `dead`: every number tried was found dead; `untested`: nothing is known of the window."""
    ctes, more = book_of_people(question, version)
    select = {
        "reachable": "count(*) FILTER (WHERE b.works)",
        "cases": "count(*)",
        "dead": "count(*) FILTER (WHERE NOT b.works)",
        "untested": "count(*) FILTER (WHERE b.works IS NULL)",
    }
    found = grouped(question, ctes=ctes, select=select, source="reached b", relation="b", **more)
    return answer(version, question, found, rate(*select), files=days_of(newest_files(question)))
