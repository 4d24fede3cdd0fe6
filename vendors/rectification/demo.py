"""The demo's rectification: what the agency that was stopped after an inspection has to put right, and its answer, which
waits to be judged."""

from datetime import date, time
from random import Random

from cases.demo.play import Staff, staff_day
from collection_ops.core.access import users_with
from compliance.demo_parts import at
from vendors.models import Agency, AgencyState, Rectification
from vendors.rectification import handling, raising
from vendors.rectification.raising import ANSWER

FOUND = ("抽听 20 通录音，2 通未表明身份", "新入职 2 人上岗前没有完成培训考核")
ANSWERED = (
    "当事人停岗再培训，质检改为每日抽听 10 通，附话术考试成绩",
    "补训并通过考核，入职流程增加上岗前核对证书一步",
)


@staff_day
def ask_for_rectification(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Once, where the story has somebody who manages agencies and one that was stopped."""
    manager = users_with(ANSWER).order_by("pk").first()
    agency = Agency.objects.filter(state=AgencyState.STOPPED).order_by("pk").first()
    if manager is None or agency is None or Rectification.objects.exists():
        return
    row = raising.raise_by_hand(
        agency=agency, ground="hand_conduct", demand="限期整改，全员再培训，并提供抽听结果与考试成绩。", findings=FOUND,
        actor=manager, now=at(day, time(9, 40)),
    )  # fmt: skip
    texts = {one.pk: text for one, text in zip(row.findings.order_by("number"), ANSWERED, strict=True)}
    handling.answer(row=row, texts=texts, actor=manager, now=at(day, time(16, 20)))
