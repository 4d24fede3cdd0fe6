"""The registers of breaches and of major incidents in the demo: matters in several states, one report that left."""

from datetime import date, time, timedelta
from random import Random

from cases.demo.play import AGENCY_DESK, Staff, staff_day
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from compliance.breaching import handling
from compliance.breaching.register import CLOSE, HANDLE, report_breach
from compliance.demo_parts import at
from compliance.incidents import reports
from compliance.incidents.recipients import add_recipient
from compliance.incidents.register import WRITE, CameFrom, Told, measure, register_incident
from compliance.models import BreachCase, IncidentRecipient

FOUND = (
    ("B01.6", "通话中以“上门找单位领导”施压，录音 3 分 12 秒起"),
    ("B01.5", "要求客户的同事代为还款"),
    ("CN-I-01", "三通电话开场没有报工号"),
)
RECIPIENTS = (
    ("属地金融监管部门", "regulator", "重大事项报送系统"),
    ("总部合规部", "head_office", "内部公文系统"),
    ("行业协会", "association", "协会会员平台"),
)


@staff_day
def breaches(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """Found in the second week before the end: one closed, one waiting for review, one that nobody took and is late."""
    closer, owner = users_with(CLOSE).order_by("pk").first(), staff.supervisor
    if closer is None or not users_with(HANDLE).filter(pk=owner.pk).exists():
        return
    if days_left == 9:
        for number, (kind, what) in enumerate(FOUND):
            concerned = staff.collectors[number % len(staff.collectors)]
            report_breach(
                kind=kind, severity=None, what=what, actor=closer, now=at(day, time(11, number)), user=concerned,
                evidence="质检抽听",
            )  # fmt: skip
        report_breach(
            kind="B01.2", severity=None, what="客户来电称委外人员在电话中辱骂，机构已调取录音", actor=owner,
            now=at(day, time(15, 0)), org=AGENCY_DESK, source="agency", evidence="机构回函",
        )  # fmt: skip
    hand = list(BreachCase.objects.filter(source="hand").select_related("user").order_by("pk")[:2])
    if days_left == 8:
        for row in hand:
            handling.take(row=row, owner=owner, actor=closer, now=at(day, time(9, 30)))
        if hand and (accused := hand[0].user) is not None:
            words = "当时客户先提到单位，我没有要上门的意思"
            handling.state_own(row=hand[0], words=words, actor=accused, now=at(day, time(13, 30)))
    if days_left == 6:
        for row in hand:
            words = "已当面辅导并回听录音；向客户致歉；一周内加抽 10 通"
            handling.remedy(row=row, words=words, evidence="辅导记录", actor=owner, now=at(day, time(16, 0)))
    if days_left == 5 and hand:
        handling.close(row=hand[0], words="回听录音，措施到位", actor=closer, now=at(day, time(10, 0)))


@staff_day
def incidents(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    """A post on the net that others took up: known in the morning, reported the next afternoon, not over yet."""
    writers = list(users_with(WRITE).order_by("pk")[:2])
    if len(writers) < 2:
        return
    author, reader = writers
    if days_left == 4:
        for name, kind, how in RECIPIENTS:
            if not IncidentRecipient.objects.filter(name=name).exists():
                add_recipient(name=name, kind=kind, how=how, actor=author, now=at(day, time(9, 0)))
        _reported(day, author, reader)


def _reported(day: date, author: User, reader: User) -> None:
    known = at(day, time(9, 20))
    row = register_incident(
        told=Told(
            type="media", known_at=known, happened_at=known - timedelta(hours=11), place="某短视频平台",
            what="客户家属发布视频称被委外人员骚扰，播放约 4 万次，两家本地媒体转载。当事通话录音已封存，正在核实。",
            customers=1, orgs="颂风（委外）",
        ),
        came_from=CameFrom(), owner=author, actor=author, now=at(day, time(9, 40)),
    )  # fmt: skip
    for hour, words in (
        (10, "暂停该机构对该客户的一切联系，封存近 30 天录音"),
        (14, "与客户家属通话致歉并说明核查安排"),
    ):
        measure(incident=row, words=words, actor=author, now=at(day, time(hour, 0)))
    first = reports.write(incident=row, kind="first", actor=author, now=at(day, time(15, 0)))
    approved = reports.approve(report=first, body_seen=first.body, actor=reader, now=at(day, time(16, 30)))
    active = IncidentRecipient.objects.filter(is_active=True).exclude(kind="association")
    reports.send(
        report=approved, recipients=active, sent_at=at(day, time(17, 5)), how="系统报送，回执 A-1", actor=author,
        now=at(day, time(17, 10)),
    )  # fmt: skip
    measure(
        incident=row,
        words="录音核实：委外人员有不当言辞，已调离岗位",
        actor=author,
        now=at(day + timedelta(days=1), time(11, 0)),
    )
    reports.write(incident=row, kind="follow_up", actor=author, now=at(day + timedelta(days=1), time(11, 30)))
