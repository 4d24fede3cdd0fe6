"""Rules in words: every kind of check and each of its parameters.

A pack says {"counted": "effective", "most": 3}; people read «计数 有效通话 · 上限 3 次». A kind or a parameter that is
added to the engine needs its line here; a test holds that. Codes get their words from `rule_texts`.
"""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from compliance import parameter_texts as say
from compliance import rule_texts as words
from compliance.parameter_texts import NONE, Coded, KindText, Parameter

ALL_CHANNELS, OWN = _("全部渠道"), _("按规则本身")

KINDS: Mapping[str, KindText] = {
    "quiet_hours": KindText(
        _("禁催时段"),
        {
            "start": Parameter(pgettext_lazy("parameter", "开始"), say.clock),
            "end": Parameter(pgettext_lazy("parameter", "结束"), say.clock),
            "agreed": Parameter(_("可凭约定例外"), say.yes_or_no),
            "channels": Parameter(_("渠道"), Coded(words.CHANNELS), ALL_CHANNELS),
        },
    ),
    "inconvenient_hours": KindText(_("不便时段"), {"verdict": Parameter(_("处理"), Coded(words.VERDICTS), OWN)}),
    "limit": KindText(
        _("次数上限"),
        {
            "counted": Parameter(_("计数"), Coded(words.COUNTED)),
            "most": Parameter(_("上限"), say.times),
            "per": Parameter(_("计数单位"), Coded(words.PER)),
            "period": Parameter(_("周期"), Coded(words.PERIODS)),
            "days": Parameter(_("周期天数"), say.days),
            "channels": Parameter(_("渠道"), Coded(words.CHANNELS), ALL_CHANNELS),
            "actors": Parameter(_("只限"), Coded(words.ACTORS), _("人工和智能语音")),
            "effective_is": Parameter(_("有效指"), Coded(words.EFFECTIVE)),
            "not_counted": Parameter(_("不计入"), Coded(words.RESULTS), NONE),
            "unless_agreed": Parameter(_("有此约定则不限"), Coded(words.AGREEMENTS), NONE),
            "consent": Parameter(_("有此同意则暂不计"), Coded(words.AGREEMENTS), NONE),
            "consent_days": Parameter(_("同意有效"), say.days),
        },
    ),
    "quiet_after": KindText(
        _("两次联系的间隔"),
        {
            "days": Parameter(_("间隔"), say.days),
            "counted": Parameter(_("从何算起"), Coded(words.COUNTED_AS_ROUND)),
            "per": Parameter(_("计数单位"), Coded(words.PER)),
            "channels": Parameter(_("渠道"), Coded(words.CHANNELS), ALL_CHANNELS),
        },
    ),
    "min_gap": KindText(_("重拨间隔"), {"minutes": Parameter(_("至少间隔"), say.minutes)}),
    "burst": KindText(
        _("密集拨打"), {"most": Parameter(_("上限"), say.times), "minutes": Parameter(_("时长"), say.minutes)}
    ),
    "fresh_feeds": KindText(_("委外回传"), {"minutes": Parameter(_("最久不回传"), say.minutes)}),
    "demandable": KindText(
        _("催收对象"),
        {
            "roles": Parameter(_("可以催收"), Coded(words.ROLES), NONE),
            "needs_contract": Parameter(_("须有合同"), Coded(words.ROLES), NONE),
        },
    ),
    "joint_evidence": KindText(
        _("共同债务的证据"), {"accepted": Parameter(_("认可的证据"), Coded(words.JOINT_EVIDENCE), NONE)}
    ),
    "third_persons": KindText(
        _("联系第三人"),
        {
            "when_unreachable": Parameter(_("失联时可以"), Coded(words.PURPOSES), NONE),
            "when_gone": Parameter(_("身故或失能时可以"), Coded(words.PURPOSES), NONE),
            "mode": Parameter(_("失联按"), Coded(words.MODES)),
            "days": Parameter(_("连续天数或次数"), str),
            "misses": Parameter(_("每天至少未接"), say.times),
        },
    ),
    "refusal_is_final": KindText(_("拒绝后不再联系"), {"roles": Parameter(_("谁的拒绝"), Coded(words.ROLES), NONE)}),
    "point_source": KindText(
        _("号码来源"),
        {
            "allowed": Parameter(_("合法来源"), Coded(words.SOURCES), NONE),
            "third_sources": Parameter(_("第三人号码的来源"), Coded(words.SOURCES), NONE),
        },
    ),
    "heirs": KindText(_("继承人的责任"), {"needs_estate": Parameter(_("须有遗产记录"), say.yes_or_no)}),
    "once_per_third": KindText(_("联系第三人的次数"), {"most": Parameter(_("上限"), say.times)}),
    "represented": KindText(
        _("有人代理"),
        {
            "role": Parameter(_("代理人"), Coded(words.ROLES)),
            "verdict": Parameter(_("处理"), Coded(words.VERDICTS), OWN),
        },
    ),
    "on_hold": KindText(
        _("停催事由"),
        {
            "types": Parameter(_("事由"), Coded(words.HOLDS), NONE),
            "roles": Parameter(_("停止联系"), Coded(words.ROLES), _("所有人")),
            "purposes": Parameter(_("停止的目的"), Coded(words.PURPOSES), _("所有目的")),
            "but": Parameter(_("仍可"), Coded(words.PURPOSES), NONE),
            "unproven_days": Parameter(_("未经证实的暂停"), say.days),
            "ask_after_days": Parameter(_("到期后提示确认"), say.days),
            "accused_only": Parameter(_("只停被投诉的人员和渠道"), say.yes_or_no),
            "report": Parameter(_("同时上报"), say.yes_or_no),
        },
    ),
    "settled": KindText(_("已结清"), {"dust": Parameter(_("低于此额只提示"), words.yuan)}),
    "plan_kept": KindText(
        _("分期方案履行中"),
        {
            "grace_days": Parameter(_("宽限"), say.days),
            "reminder_days": Parameter(_("到期前可提醒"), say.days),
        },
    ),
    "disputed": KindText(_("有争议的金额"), {"pause": Parameter(_("暂停争议部分"), say.yes_or_no)}),
    "channel_refused": KindText(
        _("被拒绝的联系方式"), {"channels": Parameter(_("渠道"), Coded(words.CHANNELS), ALL_CHANNELS)}
    ),
    "visit_staff": KindText(
        _("外访人数"), {"least": Parameter(_("最少"), words.people), "most": Parameter(_("最多"), words.people)}
    ),
    "visit_places": KindText(_("外访场所"), {"never": Parameter(_("不去"), Coded(words.PLACES), NONE)}),
    "opening_said": KindText(
        _("开场说明"),
        {
            "said": Parameter(_("须说明"), Coded(words.SAID), NONE),
            "shown": Parameter(_("外访须出示"), Coded(words.SHOWN), NONE),
        },
    ),
    "right_party": KindText(_("核实本人"), {"factors": Parameter(_("至少核对"), say.items)}),
    "masked_fields": KindText(_("对第三人不显示"), {"fields": Parameter(_("内容"), Coded(words.FIELDS), NONE)}),
    "volunteers": KindText(
        _("第三人代还"),
        {
            "mode": Parameter(_("失联按"), Coded(words.MODES)),
            "days": Parameter(_("连续天数或次数"), str),
            "misses": Parameter(_("每天至少未接"), say.times),
            "unlocks": Parameter(_("只告知"), Coded(words.FIELDS), NONE),
            "needs_consent": Parameter(_("可联系时须本人同意"), say.yes_or_no),
        },
    ),
    "registered_sender": KindText(
        _("登记的线路和账号"), {"channels": Parameter(_("渠道"), Coded(words.CHANNELS), NONE)}
    ),
    "entry": KindText(_("进入场所"), {"needs_consent": Parameter(_("须有同意"), say.yes_or_no)}),
    "visit_media": KindText(
        _("外访录音录像"),
        {
            "required": Parameter(_("必须有"), say.yes_or_no),
            "gap_seconds": Parameter(_("最长中断"), say.seconds),
        },
    ),
    "late_entry": KindText(_("登记时限"), {"hours": Parameter(_("不迟于"), say.hours)}),
    "ai_calls": KindText(_("智能语音的条件"), {"handoff": Parameter(_("须能转人工"), say.yes_or_no)}),
    "approved_template": KindText(
        _("模板审核"),
        {
            "free_channels": Parameter(_("可自由输入的渠道"), Coded(words.CHANNELS), NONE),
            "four_eyes": Parameter(_("须由他人审核"), say.yes_or_no),
        },
    ),
    "wording": KindText(
        _("用语"),
        {
            "categories": Parameter(_("类别"), Coded(words.WORDINGS), NONE),
            "lexicon": Parameter(_("词库"), Coded(words.LEXICONS)),
        },
    ),
    "letter_fields": KindText(_("函件要素"), {"required": Parameter(_("须写明"), Coded(words.LETTER_PARTS), NONE)}),
    "registered_signature": KindText(_("短信签名"), {"required": Parameter(_("须已登记"), say.yes_or_no)}),
    "opt_out": KindText(_("退订说明"), {"channels": Parameter(_("渠道"), Coded(words.CHANNELS), NONE)}),
    "retention": KindText(
        _("保存期限"),
        {
            "years": Parameter(_("至少"), say.years),
            "since": Parameter(_("从何算起"), Coded(words.KEPT_SINCE)),
            "until_settled": Parameter(_("不早于结清"), say.yes_or_no),
        },
    ),
    "append_only": KindText(_("只可追加"), {"required": Parameter(_("不可修改"), say.yes_or_no)}),
    "reviewed": KindText(_("自动决定"), {"alone": Parameter(_("可仅由自动作出"), Coded(words.DECISIONS), NONE)}),
    "plan_evidence": KindText(_("分期方案的凭证"), {"required": Parameter(_("必须有"), say.yes_or_no)}),
    "certificate": KindText(_("合格证"), {"days": Parameter(_("有效"), say.days)}),
    "staff_documents": KindText(_("人员资料"), {"required": Parameter(_("须有"), Coded(words.DOCUMENTS), NONE)}),
    "demand_cap": KindText(_("催收金额"), {"capped": Parameter(_("不超过法定上限"), say.yes_or_no)}),
    "time_barred": KindText(_("时效已届满"), {"tell": Parameter(_("提示"), say.yes_or_no)}),
    "payee": KindText(_("收款账户"), {"registered": Parameter(_("须为指定账户"), say.yes_or_no)}),
    "fee_items": KindText(_("费用项目"), {"named": Parameter(_("须合同写明"), say.yes_or_no)}),
    "not_to_disputed": KindText(_("付款的归属"), {"kept_away": Parameter(_("不归入争议债务"), say.yes_or_no)}),
    "validation_notice": KindText(_("验证通知"), {"days": Parameter(_("首次联系后"), say.days)}),
    "dispute_in_period": KindText(_("验证期内的异议"), {"days": Parameter(_("验证期"), say.days)}),
    "workplace": KindText(_("工作地点"), {"forbidden": Parameter(_("雇主不允许则不联系"), say.yes_or_no)}),
}

# Parameters that another one makes idle: {(kind, name): (the other, its value that makes this one work)}.
WORKS_WITH: Mapping[tuple[str, str], tuple[str, Any]] = {
    ("limit", "days"): ("period", "days"),
    ("limit", "effective_is"): ("counted", "effective"),
    ("volunteers", "misses"): ("mode", "days"),
    ("third_persons", "misses"): ("mode", "days"),
}
