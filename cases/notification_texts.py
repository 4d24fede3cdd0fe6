"""The sentences of what the importer tells people about."""

from django.utils.translation import gettext_lazy as _

from collection_ops.core.notification_texts import register_texts

register_texts(
    {
        "import.waiting": _(
            "%(source)s 的 %(file)s 已自动取件，等待确认：缺席 %(absent_percent)s%%（上限 %(limit)s%%），错误 %(errors)s 处"
        ),
        "import.asking": _("%(source)s 的 %(file)s 已自动取件，有 %(questions)s 个问题待回答"),
        "import.refused": _("%(source)s 的 %(file)s 已自动取件，但被拒收"),
    }
)
