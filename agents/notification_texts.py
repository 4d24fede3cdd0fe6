"""The sentences of what the workbench tells people about."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.notification_texts import register_texts

register_texts(
    {
        "contact.notes_late": _("%(who)s 有 %(count)s 次通话超过 2 小时未记录"),
        "assignment.dealt": _("分案 #%(run)s 已生效，有新案件到您的席位"),
        "assignment.waiting": _("分案 #%(run)s 等待批准：将移动 %(count)s 件案件"),
    }
)
register_texts(
    {
        "moves.done": _("移动完成：%(moved)s 件已移动，%(refused)s 件未移动"),
        "rotation.done": _("闲置轮换：%(rotated)s 件退回案件池，%(listed)s 件明日到期"),
        "rotation.tomorrow": _("%(count)s 件案件明日因闲置退回案件池，需要保留的请今天豁免"),
        "assist.asked": _("%(who)s 申请协催案件 #%(case)s，至 %(until)s，等待审批"),
        "assist.accepted": _("%(who)s 同意了案件 #%(case)s 的协催，至 %(until)s"),
        "assist.refused": _("%(who)s 没有同意案件 #%(case)s 的协催，原因写在申请上"),
        "assist.finished": _("%(who)s 结束了案件 #%(case)s 的协催，结果写在申请上"),
        "assist.ended": _("案件 #%(case)s 的协催已到期或案件已结案，协催结束"),
        "leave.asked": _("%(who)s 申请 %(first)s 至 %(last)s 请假，等待审批"),
        "leave.approved": _("%(first)s 至 %(last)s 的请假已批准"),
        "leave.refused": _("%(first)s 至 %(last)s 的请假未批准：%(note)s"),
        "leave.cancelled": _("%(who)s %(first)s 至 %(last)s 的请假已取消"),
        "certificate.expiring": _("%(who)s 的培训合格证 %(day)s 到期，到期后不能联系客户，请安排培训考核"),
    }
)
