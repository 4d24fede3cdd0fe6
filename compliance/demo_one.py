"""Complaints of the demo that were led to their end: one answered by letter and closed, one frozen, one of nobody known."""

from datetime import date, time
from random import Random

from cases.demo.play import Staff, staff_day
from cases.models import Case
from collection_ops.core import clock
from collection_ops.core.access import users_with
from collection_ops.core.models import User
from compliance.complaints.blast import freeze, lines_of
from compliance.complaints.deciding import decide_complaint
from compliance.complaints.ending import close_answered
from compliance.complaints.handling import assign, note
from compliance.complaints.letters import begun, fitting, letter_templates, record_sent, save_letter
from compliance.complaints.register import Accused, Said, Whose, receive
from compliance.demo_parts import at, chosen
from compliance.models import About, Complaint
from compliance.reference import seed_reply_letters

ANSWERED, FROZEN, UNKNOWN = "DEMO-ONE", "DEMO-TWO", "DEMO-THREE"


@staff_day
def complaints_to_their_end(*, day: date, days_left: int, staff: Staff, random: Random) -> None:
    officer = users_with("complaints.decide").filter(role_grants__role="compliance").order_by("pk").first()
    if officer is None:
        return
    accused = staff.collectors[0]
    mine = Case.objects.open().filter(desk__owner=accused)
    if days_left == 8:
        for case in chosen(mine, random, 1):
            one = receive(
                said=Said(
                    source="12378", type="threat", source_ref=ANSWERED, received_at=at(day, time(9, 40)),
                    narrative="催收员来电语气恶劣，说“不还钱就天天打”。\n当天下午又打到我单位前台。", severity=2,
                    demand="停止骚扰，书面道歉",
                ),
                whose=Whose(debtor=case.loan.debtor, case=case, loans=[case.loan]),
                accused=[Accused(About.COLLECTOR, accused)], actor=staff.supervisor, now=at(day, time(9, 50)),
            )  # fmt: skip
            assign(complaint=one, handler=officer, actor=officer, now=at(day, time(10, 30)))
            note(complaint=one, words="已调取录音，正在核对通话时间。", actor=officer, now=at(day, time(16, 0)))
    if days_left == 5:
        for one in Complaint.objects.filter(source_ref=ANSWERED).select_related("debtor", "case__loan__source"):
            _answer(one, day, officer)
    if days_left == 1:
        for case in chosen(mine, random, 1):
            one = receive(
                said=Said(
                    source="hotline", type="third_party", source_ref=FROZEN, received_at=at(day, time(10, 0)),
                    narrative="打电话给我姐姐，要她替我还钱。", demand="不要再联系家人",
                ),
                whose=Whose(debtor=case.loan.debtor, case=case, loans=[case.loan]),
                accused=[Accused(About.COLLECTOR, accused)], actor=staff.supervisor, now=at(day, time(10, 10)),
            )  # fmt: skip
            keys = [line.key for line in lines_of(one, now=at(day, time(11, 0)))[1] if line.is_proposed]
            freeze(complaint=one, keys=keys, reason="核实期间停止联系", actor=officer, now=at(day, time(11, 0)))
        receive(
            said=Said(
                source="letter", type="harassment", source_ref=UNKNOWN, received_at=at(day, time(14, 0)),
                narrative="来信人自称姓马，称一天接到七个催收电话，未写明合同编号。", complainant_name="马先生",
            ),
            whose=Whose(), accused=[], actor=staff.supervisor, now=at(day, time(14, 20)),
        )  # fmt: skip


def _answer(one: Complaint, day: date, officer: User) -> None:
    seed_reply_letters()
    now = at(day, time(11, 0))
    decided, _follows = decide_complaint(
        complaint=one, outcome="partly", finding="录音证实用语不当；联系单位前台一事没有记录。",
        remedy="当事人已停止联系该客户，并接受再培训；由主管电话致歉。", seen=None, actor=officer, now=now,
        responsible=dict.fromkeys(one.subjects.values_list("pk", flat=True), True),
    )  # fmt: skip
    decided = Complaint.objects.select_related("debtor", "case__loan__source").get(pk=decided.pk)
    template = fitting(letter_templates(day), decided)
    if template is not None:
        text = begun(decided, template, today=clock.business_date(now))
        save_letter(complaint=decided, text=text, template=template, actor=officer, now=now)
        record_sent(complaint=decided, how="post", sent_on=day, actor=officer, now=at(day, time(16, 0)))
    close_answered(complaint=decided, answered="", without_letter="", actor=officer, now=at(day, time(16, 30)))
