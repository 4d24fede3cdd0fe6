"""Sentences about rows of returned files."""

from django.utils.translation import gettext_lazy as _

from cases.imports.words.problems import register_messages

NOT_HELD = "returned_not_held"

register_messages(
    {
        # One sentence for what does not exist and for what another desk had: an agency learns nothing of others' cases.
        NOT_HELD: _("第 %(row)s 行：该机构在 %(day)s 没有合同 %(value)s"),
        "returned_never_held": _("第 %(row)s 行：该机构没有合同 %(value)s"),
        "returned_several": _("第 %(row)s 行：该机构有几份合同都叫 %(value)s，请注明数据来源后单独处理"),
        "returned_reference_used": _("第 %(row)s 行：参考号 %(value)s 已用于内容不同的记录"),
        "returned_reference_twice": _("第 %(row)s 行：参考号 %(value)s 在本文件中用于内容不同的记录，均不入库"),
        "returned_known": _("第 %(row)s 行：此前已入库"),
        "returned_repeated": _("第 %(row)s 行：与本文件前面的一行相同"),
        "returned_moment": _("第 %(row)s 行 %(column)s “%(value)s” 不是日期加时间，例如 2026-03-02 09:30"),
        "returned_no_moment": _("第 %(row)s 行没有联系时间"),
        "returned_result": _(
            "第 %(row)s 行 %(column)s “%(value)s” 不是可识别的联系结果，例如 本人接听、无人接听、空号"
        ),
        "returned_channel": _("第 %(row)s 行 %(column)s “%(value)s” 不是可识别的联系渠道，例如 电话、短信、外访"),
        "returned_direction": _("第 %(row)s 行 %(column)s “%(value)s” 不知是呼出还是呼入，按呼出记录"),
        "returned_seconds": _("第 %(row)s 行 %(column)s “%(value)s” 不是时长，未采用"),
        "returned_ends_before": _("第 %(row)s 行结束时间早于开始时间"),
        "returned_future": _("第 %(row)s 行的日期或时间在将来"),
        "returned_not_positive": _("第 %(row)s 行 %(column)s “%(value)s” 不大于零"),
        "returned_place": _("第 %(row)s 行 %(column)s “%(value)s” 不是可识别的收款方，请写 本公司、机构 或 出借人账户"),
        "returned_event_after": _("第 %(row)s 行发生日期晚于收到日期，未采用"),
        "returned_too_long": _("第 %(row)s 行 %(column)s 超过 %(limit)s 字"),
        "returned_no_contact": _("第 %(row)s 行：该机构没有参考号为 %(value)s 的催记，请先回传催记"),
        "returned_other_recording": _("第 %(row)s 行：催记 %(value)s 已有另一份录音"),
        "returned_hash": _("第 %(row)s 行 %(column)s 须为 64 位十六进制（SHA-256）"),
        "returned_promise": _("第 %(row)s 行：%(sentence)s"),
        "returned_complaint": _("第 %(row)s 行：%(sentence)s"),
        "returned_contact": _("第 %(row)s 行：%(sentence)s"),
        "returned_columns": _("列标题无法确定：%(sentence)s"),
        "returned_no_rows": _("文件里没有可读的数据行"),
    }
)
