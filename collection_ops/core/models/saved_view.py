"""A list's filter and sort under a name of one's own."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class SavedView(models.Model):
    """`query` holds only the list's own filter parameters; search for persons is never saved."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="saved_views")
    page = models.CharField(max_length=48)
    name = models.CharField(_("名称"), max_length=40)
    query = models.JSONField(default=dict)
    is_default = models.BooleanField(_("默认打开"), default=False)

    class Meta:
        verbose_name = _("常用视图")
        verbose_name_plural = _("常用视图")
        constraints = [
            models.UniqueConstraint(fields=["user", "page", "name"], name="saved_view_name"),
            models.UniqueConstraint(
                fields=["user", "page"], name="saved_view_one_default", condition=models.Q(is_default=True)
            ),
        ]

    def __str__(self) -> str:
        return self.name
