"""What was done about a matter, one line each."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from collection_ops.core.fields import EncryptedTextField


class Step(models.Model):
    """A line of what was done, and by whom (nobody: by the system); never changed (trigger). `words` are a person's, so they
    are encrypted; `data` holds figures and references. The labels of the kinds are the rooms' own."""

    kind = models.CharField(_("步骤"), max_length=16)
    at = models.DateTimeField(_("时间"))
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    words = EncryptedTextField(_("说明"), blank=True)
    data: "models.JSONField[dict[str, Any]]" = models.JSONField(default=dict)

    class Meta:
        abstract = True
