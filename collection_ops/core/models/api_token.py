"""What other programs show instead of a password, how often each asks, and what each has already been answered."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class ApiToken(models.Model):
    """One key of one integration. The secret is shown once; kept is its SHA-256 (of 256 random bits: nothing to guess).

    `prefix` stands in the secret in clear, finds the row and may be named in logs. `scopes`: what it may do, by the names in
    access_matrix.json. `org` narrows the cases that it sees: empty is all of them, "own" those that no agency holds, any
    other the code of an agency's desk. `addresses`: networks it may come from; none is anywhere.
    """

    integration = models.CharField(_("对接系统"), max_length=40)
    prefix = models.CharField(_("前缀"), max_length=10)
    digest = models.CharField(max_length=64)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("权限范围"))
    org = models.CharField(_("机构"), max_length=32, blank=True)
    addresses = ArrayField(models.CharField(max_length=43), default=list, blank=True, verbose_name=_("允许的地址"))
    requests_per_minute = models.PositiveIntegerField(_("每分钟请求数"), default=600)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("签发人"),
    )
    created_at = models.DateTimeField(_("签发时间"), db_default=Now())
    expires_at = models.DateTimeField(_("到期时间"))
    revoked_at = models.DateTimeField(_("吊销时间"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("接口令牌")
        verbose_name_plural = _("接口令牌")
        constraints = [
            models.UniqueConstraint(fields=["prefix"], name="api_token_prefix_unique"),
            models.CheckConstraint(condition=~Q(scopes=[]), name="api_token_may_something"),
        ]

    def __str__(self) -> str:
        return f"{self.integration} ({self.prefix})"


class ApiTokenUse(models.Model):
    """How many requests of a token came in the minute that began at `minute`, by the database's clock. One row a token,
    shared by all web processes; it also says when the token was last used, to the minute."""

    token = models.OneToOneField(ApiToken, primary_key=True, on_delete=models.CASCADE, related_name="use")
    minute = models.DateTimeField()
    requests = models.PositiveIntegerField()

    class Meta:
        verbose_name = _("令牌使用")
        verbose_name_plural = _("令牌使用")

    def __str__(self) -> str:
        return f"{self.token_id}: {self.requests}"


class IdempotencyKey(models.Model):
    """One key of one token, written in the same transaction as the effect and never in Redis; the answer that was given is
    given again to whoever sends the same once more. Kept for a week (services/housekeeping.py).

    `digest`: SHA-256 of method, path and body. `answer`: JSON, as it went out.
    """

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    answer = models.TextField(blank=True)
    spent_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("幂等键")
        verbose_name_plural = _("幂等键")
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["spent_at"], name="idempotency_key_age_idx")]

    def __str__(self) -> str:
        return self.key
