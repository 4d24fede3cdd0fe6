"""What the jobs of the reports say of themselves."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.notification_texts import register_texts

register_texts({"facts.refreshed": _("日汇总已更新，%(days)s 天重算")})
