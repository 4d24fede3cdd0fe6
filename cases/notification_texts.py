"""The sentences of what the book and its importer tell people about."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.notification_texts import register_texts

register_texts(
    {
        "import.waiting": _("%(source)s 的 %(file)s 已自动取件，等待确认：错误 %(errors)s 处"),
        "import.held": _("%(source)s 的 %(file)s 已自动取件，超出护栏 %(findings)s 项，等待审批"),
        "import.late": _("%(source)s 在 %(by)s 之前没有送来 %(day)s 的文件"),
        "import.submitted": _("%(by)s 提交了 %(source)s 的 %(file)s，超出护栏 %(findings)s 项，等待审批"),
        "import.approved": _("%(by)s 批准了 %(source)s 的 %(file)s，正在写入账簿"),
        "import.returned": _("%(by)s 退回了 %(source)s 的 %(file)s，原因写在导入页面上"),
        "import.sent_back": _("%(source)s 的 %(file)s 没有写入：账簿有变动，请再看一遍"),
        "agreements.settled": _("承诺与减免：%(promises)s 个承诺有了结果，%(waivers)s 个减免失效"),
        "waiver.approved": _("合同 %(contract)s 的减免 %(amount)s 元已批准"),
        "waiver.rejected": _("合同 %(contract)s 的减免 %(amount)s 元被驳回，原因写在案件档案里"),
        "import.asking": _("%(source)s 的 %(file)s 已自动取件，有 %(questions)s 个问题待回答"),
        "hold.deceased": _("%(who)s 登记了客户身故：请取得证明，并寻找继承人或利害关系人"),
        "hold.incapacitated": _("%(who)s 登记了客户丧失行为能力：请取得证明，并联系法定代理人"),
        "hold.bankruptcy": _("%(who)s 登记了个人破产已受理：请核对受理文书，并在期限内申报债权"),
        "hold.self_harm": _("%(who)s 登记了自伤风险：已停止催收，请立即关注客户"),
        "hold.no_contact_order": _("%(who)s 登记了公安禁止接触令：已停止一切联系，请核对期限"),
        "hold.stop_contact": _("%(who)s 登记了客户本人要求停止联系，请决定后续方式"),
        "risk.accepted": _("%(who)s 采纳了您提出的风险标识"),
        "risk.rejected": _("%(who)s 没有采纳您提出的风险标识，理由写在页面上"),
        "disposition.step": _("%(who)s 分给您一个处置步骤，请在 %(due)s 前完成"),
        "quota.searches": _("%(who)s 今日（%(day)s）查找客户已达上限 %(count)s 次，请核实"),
        "quota.phones": _("%(who)s 今日（%(day)s）查看联系方式已达上限 %(count)s 人，请核实"),
        "quota.ids": _("%(who)s 今日（%(day)s）查看证件号码已达上限 %(count)s 人，请核实"),
        "plan.submitted": _("%(by)s 提出了案件 #%(case)s 的还款方案，%(total)s 元，等待审批"),
        "plan.approved": _("%(by)s 批准了案件 #%(case)s 的还款方案，履行期间停止催收"),
        "plan.rejected": _("%(by)s 没有批准案件 #%(case)s 的还款方案，原因写在方案上"),
        "plan.ended": _("%(by)s 终止了案件 #%(case)s 的还款方案，可以恢复联系"),
        "plan.broken": _("案件 #%(case)s 的还款方案自 %(day)s 违约，方案终止，可以恢复联系"),
        "plan.completed": _("案件 #%(case)s 的还款方案于 %(day)s 全部还清"),
        "plan.reopened": _("案件 #%(case)s 的还款方案按更正后的还款恢复履行"),
        "plan.case_ended": _("案件 #%(case)s 于 %(day)s 结案，还款方案随之终止"),
        "plans.followed": _("还款方案已按还款更新，%(changed)s 份状态有变化"),
        "import.refused": _("%(source)s 的 %(file)s 已自动取件，但被拒收"),
    }
)
