"""The codes that packs and facts use, in words. (Kinds of rule and their parameters: `kind_texts`.)

A code that a pack uses needs its word here; a test holds that. A code without a word is shown as it is.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from collection_ops.core.templatetags.ui import money
from compliance.rules.facts import Action

Text = str | Promise
Words = Mapping[str, Text]

CHINESE = re.compile(r"[\u3400-\u9fff]")


def spoken(texts: Mapping[str, str]) -> str:
    """The reader's language of a text that a pack gives in both."""
    return texts["en" if (get_language() or "").startswith("en") else "zh"]


def language_of(text: str) -> str:
    """For the lang attribute of what a pack gives in one language only: its sources and the names of its examples."""
    return "zh-Hans" if CHINESE.search(text) else "en"


# What a rule does, and how much it is to be trusted ------------------------------------------------------------------

VERDICTS: Words = {"block": _("禁止"), "warn": _("提示"), "record": _("须留证"), "report": _("上报")}
ANSWERS: Words = {"allow": _("允许"), **VERDICTS}
ANSWER_TONES = {"allow": "success", "block": "danger", "warn": "warning", "record": "info", "report": "info"}

MARKS: Words = {
    "VERIFIED-T": _("已核原文"),
    "VERIFIED-R": _("已核转述"),
    "WEAK": _("来源薄弱"),
    "RECALLED": _("凭记忆"),
    "POLICY": _("内部政策"),
}
MARK_TONES = {
    "VERIFIED-T": "success",
    "VERIFIED-R": "info",
    "WEAK": "warning",
    "RECALLED": "warning",
    "POLICY": "neutral",
}

# By the middle letter of a rule's id, in the order in which they are shown.
SUBJECTS: Words = {
    "T": pgettext_lazy("rule subject", "时间"),
    "F": pgettext_lazy("rule subject", "频次"),
    "P": pgettext_lazy("rule subject", "对象"),
    "I": pgettext_lazy("rule subject", "身份与告知"),
    "V": pgettext_lazy("rule subject", "外访"),
    "B": pgettext_lazy("rule subject", "红线"),
    "M": pgettext_lazy("rule subject", "短信、函件与智能语音"),
    "R": pgettext_lazy("rule subject", "记录与保存"),
    "S": pgettext_lazy("rule subject", "停催"),
    "H": _("人员"),
    "Y": _("钱款"),
    "L": _("诉讼时效"),
    "": pgettext_lazy("rule subject", "其他"),
}

# Codes of packs and facts --------------------------------------------------------------------------------------------

CHANNELS: Words = {
    "call": _("电话"),
    "sms": _("短信"),
    "im": _("即时消息"),
    "email": _("邮件"),
    "letter": _("函件"),
    "visit": _("外访"),
}
PURPOSES: Words = {
    "demand": _("催收"),
    "remind": _("提醒"),
    "reply": _("答复"),
    "ask_contact": _("询问联系方式"),
    "relay": _("请其转告"),
    "find_heir": _("寻找继承人"),
    "end_notice": _("停催告知"),
}
ROLES: Words = {
    "debtor": _("债务人"),
    "co_debtor": _("共同债务人"),
    "guarantor": _("保证人"),
    "spouse_joint": _("配偶（共同债务）"),
    "heir": _("继承人"),
    "guardian": _("监护人"),
    "contact": _("联系人"),
    "relative": _("亲属"),
    "attorney": _("律师"),
    "creditor": _("债权人"),
}
RESULTS: Words = {
    "no_answer": _("无人接听"),
    "busy": _("占线"),
    "out_of_service": _("停机"),
    "dead_number": _("空号"),
    "voicemail": _("语音信箱"),
    "connected": _("接通，身份未核实"),
    "right_party": _("本人接听"),
    "third_party": _("他人接听"),
    "sent": _("已发出"),
    "delivered": _("已送达"),
    "failed": _("发送失败"),
    "nobody_home": _("无人在家"),
    "met": _("见到本人"),
}
HOLDS: Words = {
    "no_contact_order": _("公安禁止接触令"),
    "deceased": _("身故"),
    "incapacitated": _("丧失行为能力"),
    "bankruptcy": _("个人破产已受理"),
    "illness": _("重大疾病"),
    "disaster": _("自然灾害"),
    "pregnancy": _("孕产"),
    "elderly": _("高龄"),
    "disabled": _("残障"),
    "minor": _("未成年"),
    "student": _("学生"),
    "vulnerable": _("特殊困难"),
    "self_harm": _("自伤风险"),
    "complaint": _("投诉处理中"),
    "stop_contact": _("本人要求停止联系"),
    "cease_request": _("书面拒绝或要求停止"),
    "validation_dispute": _("验证期内的书面异议"),
}
AGREEMENTS: Words = {
    "more_attempts": _("同意增加拨打次数"),
    "calls": _("同意接听电话"),
    "volunteer": _("同意他人代还"),
}
SOURCES: Words = {
    "application": _("申请资料"),
    "contract": _("合同"),
    "debtor_call": _("本人在通话中提供"),
    "public_registry": _("公开登记"),
    "repaired_by_carrier_with_consent": _("经本人同意由运营商修复"),
}
JOINT_EVIDENCE: Words = {
    "co_signed": _("共同签名"),
    "ratified": _("事后追认"),
    "household_use_proof": _("用于家庭生活的证明"),
}
PLACES: Words = {
    "home": _("住所"),
    "hospital": _("医院"),
    "school": _("学校"),
    "wedding": _("婚礼"),
    "funeral": _("丧礼"),
}
COUNTED: Words = {
    "attempt": _("每次拨打或到访"),
    "connected": _("接通的"),
    "effective": _("有效通话"),
    "unanswered": _("未接通的"),
    "sent": _("发出的"),
}
EFFECTIVE: Words = {"right_party": _("联系上本人"), "connected": _("有人接听")}
COUNTED_AS_ROUND: Words = {"any": _("任何主动联系"), "talk": _("与债务人的通话")}
PER: Words = {
    "debtor": _("债务人"),
    "loan": _("借款合同"),
    "point": _("号码或地址"),
    "party": _("被联系人"),
}
PERIODS: Words = {
    "days": _("自然日"),
    "week": _("自然周"),
    "month": _("自然月"),
}
MODES: Words = {"days": _("连续几天未接"), "attempts": _("连续几次未接")}

STATES: Words = {
    "alive": _("在世"),
    "dead": _("身故"),
    "incapacitated": _("丧失行为能力"),
    "reachable": _("可以联系上"),
    "unreachable": _("失联"),
    "ended": _("已结束"),
    "pending": _("待批准"),
    "approved": _("已批准"),
    "expired": _("已过期"),
    "free": _("自由输入"),
    "missing": _("缺少"),
    "unregistered": _("未登记"),
}
ACTIONS: Words = {
    "contact": _("联系"),
    "record": _("事后记录"),
    "show": _("显示或告知"),
    "take": _("收款入账"),
    "delete": _("删除记录"),
    "edit": _("修改记录"),
    "activate_plan": _("启用分期方案"),
    "decide": _("自动决定"),
}
SAID: Words = {
    "org": _("委托机构"),
    "own_org": _("本机构"),
    "staff_no": _("工号"),
    "recording": _("正在录音"),
    "debt_collector": _("为催收债务而联系"),
}
SHOWN: Words = {"id_card": _("证件"), "loan_papers": _("借款资料")}
FIELDS: Words = {
    "amount": _("金额"),
    "dpd": _("逾期天数"),
    "product": _("产品"),
    "due_date": _("到期日"),
    "name": _("姓名"),
    "payoff_amount": _("应还金额"),
    "account": _("还款账户"),
    "deadline": _("还款期限"),
}
LETTER_PARTS: Words = {
    "name": _("姓名"),
    "balance": _("余额"),
    "reason": _("事由"),
    "legal_basis": _("法律依据"),
    "rights": _("权利义务"),
    "query": _("查账方式"),
    "pay": _("还款方式"),
    "dispute": _("异议方式"),
    "contact": _("联系方式"),
    "seal": _("公章"),
}
DOCUMENTS: Words = {
    "no_crime_cert": _("无犯罪记录证明"),
    "credit_cert": _("征信证明"),
    "nda": _("保密协议"),
}
DECISIONS: Words = {"queue_order": _("排队顺序"), "sue": _("起诉"), "place": _("委派")}
ACTORS: Words = {"human": _("人工"), "ai": _("智能语音")}
KEPT_SINCE: Words = {"recorded": _("记录之日"), "last_activity": _("最后一次活动")}
LEXICONS: Words = {"CN": _("中文用语"), "US": _("英文用语（美国）")}
WORDINGS: Words = {
    "B01": _("冒用、威胁、侮辱等"),
    "B03": _("诱导借贷"),
    "B04": _("虚假金额或后果"),
    "P03": _("向联系人透露欠款"),
    "I02": _("委外署名"),
    "V05": _("张贴"),
    "L09": _("以起诉相威胁"),
    "US6D": _("向第三人说出债务"),
    "US26B": _("以起诉相威胁"),
}

# Values ------------------------------------------------------------------------------------------------------------


def people(number: int) -> str:
    return ngettext("%(count)d 人", "%(count)d 人", number) % {"count": number}


def yuan(amount: Any) -> str:
    return gettext("%(amount)s 元") % {"amount": money(amount)}


# What a planned contact is like, besides its channel, purpose and person.


def circumstances(action: Action, *, ended_at: str) -> list[str]:
    """In the order in which they are told; `ended_at` is a time of day, or nothing."""
    told = []
    if action.direction == "in":
        told.append(gettext("对方主动联系"))
    if action.prompted:
        told.append(gettext("应对方刚才的要求"))
    if action.actor_kind == "ai":
        told.append(gettext("智能语音"))
    if action.org != "own":
        told.append(gettext("委外机构"))
    if action.kind == "record":
        told.append(gettext("事后记录，%(time)s 结束") % {"time": ended_at} if ended_at else gettext("事后记录"))
    if action.staff:
        told.append(people(action.staff))
    if action.place:
        told.append(str(PLACES.get(action.place, action.place)))
    if action.amount is not None:
        told.append(yuan(action.amount))
    return told
