"""What the jobs of the reports say of themselves."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.notification_texts import register_texts

register_texts(
    {
        "facts.refreshed": _("日汇总已更新，%(days)s 天重算"),
        "reports.looked_at_again": _("已发布的报表已复看，%(restated)s 份有数字变动"),
        "report.restated": _("%(first)s 至 %(last)s 的报表有 %(figures)s 项数字因后来得知的事实而变动"),
    }
)
