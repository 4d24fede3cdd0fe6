"""One-use tokens of forms: a second submit of the same form has no second effect."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class FormToken(models.Model):
    """Spent in the same transaction as the effect, never in Redis. Keeps where the first submit led."""

    token = models.CharField(max_length=43, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    path = models.CharField(max_length=200)
    body_digest = models.CharField(max_length=64)
    location = models.CharField(max_length=300, blank=True)
    spent_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["spent_at"], name="form_token_age_idx")]

    def __str__(self) -> str:
        return self.token
