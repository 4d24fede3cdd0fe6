"""Rules in words: every kind of check and each of its parameters, and the codes that packs and facts use.

A pack says {"counted": "effective", "most": 3}; people read «计数 有效通话 · 上限 3 次». A kind or a parameter that is
added to the engine needs its line here, a code that a pack uses its word; tests hold both. A code without a word is
shown as it is.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from collection_ops.core.templatetags.ui import money
from collection_ops.core.wording import listed
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

# Values --------------------------------------------------------------------------------------------------------------

Say = Callable[[Any], str]


def _in(words: Words) -> Say:
    """A code, or several in a row, as words."""

    def say(value: Any) -> str:
        codes = value if isinstance(value, tuple) else (value,)
        return listed(words.get(code, code) for code in codes)

    return say


def _times(number: int) -> str:
    return ngettext("%(count)d 次", "%(count)d 次", number) % {"count": number}


def _days(number: int) -> str:
    return ngettext("%(count)d 天", "%(count)d 天", number) % {"count": number}


def _minutes(number: int) -> str:
    return ngettext("%(count)d 分钟", "%(count)d 分钟", number) % {"count": number}


def people(number: int) -> str:
    return ngettext("%(count)d 人", "%(count)d 人", number) % {"count": number}


def yuan(amount: Any) -> str:
    return gettext("%(amount)s 元") % {"amount": money(amount)}


def _clock(time: dt.time) -> str:
    return f"{time:%H:%M}"


def _yes_or_no(value: bool) -> str:
    return gettext("是") if value else gettext("否")


_NO_LIMIT, _NONE = pgettext_lazy("parameter", "不限"), pgettext_lazy("parameter", "无")
_ALL_CHANNELS, _OWN = _("全部渠道"), _("按规则本身")


@dataclass(frozen=True)
class Parameter:
    """`say` puts a value into words; `nothing` is said instead of None, an empty list or an empty text."""

    label: Text
    say: Say
    nothing: Text = _NO_LIMIT

    def words(self, value: Any) -> str:
        return str(self.nothing) if value is None or value in ((), "") else self.say(value)


@dataclass(frozen=True)
class KindText:
    label: Text
    parameters: Mapping[str, Parameter]


KINDS: Mapping[str, KindText] = {
    "quiet_hours": KindText(
        _("禁催时段"),
        {
            "start": Parameter(pgettext_lazy("parameter", "开始"), _clock),
            "end": Parameter(pgettext_lazy("parameter", "结束"), _clock),
            "agreed": Parameter(_("可凭约定例外"), _yes_or_no),
            "channels": Parameter(_("渠道"), _in(CHANNELS), _ALL_CHANNELS),
        },
    ),
    "inconvenient_hours": KindText(_("不便时段"), {"verdict": Parameter(_("处理"), _in(VERDICTS), _OWN)}),
    "limit": KindText(
        _("次数上限"),
        {
            "counted": Parameter(_("计数"), _in(COUNTED)),
            "most": Parameter(_("上限"), _times),
            "per": Parameter(_("计数单位"), _in(PER)),
            "period": Parameter(_("周期"), _in(PERIODS)),
            "days": Parameter(_("周期天数"), _days),
            "channels": Parameter(_("渠道"), _in(CHANNELS), _ALL_CHANNELS),
            "effective_is": Parameter(_("有效指"), _in(EFFECTIVE)),
            "not_counted": Parameter(_("不计入"), _in(RESULTS), _NONE),
            "unless_agreed": Parameter(_("有此约定则不限"), _in(AGREEMENTS), _NONE),
            "consent": Parameter(_("有此同意则暂不计"), _in(AGREEMENTS), _NONE),
            "consent_days": Parameter(_("同意有效"), _days),
        },
    ),
    "quiet_after": KindText(
        _("两次联系的间隔"),
        {
            "days": Parameter(_("间隔"), _days),
            "counted": Parameter(_("从何算起"), _in(COUNTED_AS_ROUND)),
            "per": Parameter(_("计数单位"), _in(PER)),
            "channels": Parameter(_("渠道"), _in(CHANNELS), _ALL_CHANNELS),
        },
    ),
    "min_gap": KindText(_("重拨间隔"), {"minutes": Parameter(_("至少间隔"), _minutes)}),
    "burst": KindText(_("密集拨打"), {"most": Parameter(_("上限"), _times), "minutes": Parameter(_("时长"), _minutes)}),
    "fresh_feeds": KindText(_("委外回传"), {"minutes": Parameter(_("最久不回传"), _minutes)}),
    "demandable": KindText(
        _("催收对象"),
        {
            "roles": Parameter(_("可以催收"), _in(ROLES), _NONE),
            "needs_contract": Parameter(_("须有合同"), _in(ROLES), _NONE),
        },
    ),
    "joint_evidence": KindText(
        _("共同债务的证据"), {"accepted": Parameter(_("认可的证据"), _in(JOINT_EVIDENCE), _NONE)}
    ),
    "third_persons": KindText(
        _("联系第三人"),
        {
            "when_unreachable": Parameter(_("失联时可以"), _in(PURPOSES), _NONE),
            "when_gone": Parameter(_("身故或失能时可以"), _in(PURPOSES), _NONE),
            "mode": Parameter(_("失联按"), _in(MODES)),
            "days": Parameter(_("连续天数或次数"), str),
            "misses": Parameter(_("每天至少未接"), _times),
        },
    ),
    "refusal_is_final": KindText(_("拒绝后不再联系"), {"roles": Parameter(_("谁的拒绝"), _in(ROLES), _NONE)}),
    "point_source": KindText(
        _("号码来源"),
        {
            "allowed": Parameter(_("合法来源"), _in(SOURCES), _NONE),
            "third_sources": Parameter(_("第三人号码的来源"), _in(SOURCES), _NONE),
        },
    ),
    "heirs": KindText(_("继承人的责任"), {"needs_estate": Parameter(_("须有遗产记录"), _yes_or_no)}),
    "once_per_third": KindText(_("联系第三人的次数"), {"most": Parameter(_("上限"), _times)}),
    "represented": KindText(
        _("有人代理"),
        {
            "role": Parameter(_("代理人"), _in(ROLES)),
            "verdict": Parameter(_("处理"), _in(VERDICTS), _OWN),
        },
    ),
    "on_hold": KindText(
        _("停催事由"),
        {
            "types": Parameter(_("事由"), _in(HOLDS), _NONE),
            "roles": Parameter(_("停止联系"), _in(ROLES), _("所有人")),
            "purposes": Parameter(_("停止的目的"), _in(PURPOSES), _("所有目的")),
            "but": Parameter(_("仍可"), _in(PURPOSES), _NONE),
            "unproven_days": Parameter(_("未经证实的暂停"), _days),
            "ask_after_days": Parameter(_("到期后提示确认"), _days),
            "accused_only": Parameter(_("只停被投诉的人员和渠道"), _yes_or_no),
            "report": Parameter(_("同时上报"), _yes_or_no),
        },
    ),
    "settled": KindText(_("已结清"), {"dust": Parameter(_("低于此额只提示"), yuan)}),
    "plan_kept": KindText(
        _("分期方案履行中"),
        {
            "grace_days": Parameter(_("宽限"), _days),
            "reminder_days": Parameter(_("到期前可提醒"), _days),
        },
    ),
    "disputed": KindText(_("有争议的金额"), {"pause": Parameter(_("暂停争议部分"), _yes_or_no)}),
    "channel_refused": KindText(
        _("被拒绝的联系方式"), {"channels": Parameter(_("渠道"), _in(CHANNELS), _ALL_CHANNELS)}
    ),
    "visit_staff": KindText(
        _("外访人数"), {"least": Parameter(_("最少"), people), "most": Parameter(_("最多"), people)}
    ),
    "visit_places": KindText(_("外访场所"), {"never": Parameter(_("不去"), _in(PLACES), _NONE)}),
}

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


# Parameters that another one makes idle: {(kind, name): (the other, its value that makes this one work)}.
WORKS_WITH: Mapping[tuple[str, str], tuple[str, Any]] = {
    ("limit", "days"): ("period", "days"),
    ("limit", "effective_is"): ("counted", "effective"),
    ("third_persons", "misses"): ("mode", "days"),
}
