"""What agencies tell of their own accord: until when each has, and which of their entries we have already."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.models.attempt import ContactAttempt


class AgencyFeed(models.Model):
    """An agency has told everything that it did until `received_at`. With an old one, today's counts are uncertain
    (rule CN-F-02A)."""

    org = models.CharField(_("机构"), max_length=32, primary_key=True)
    received_at = models.DateTimeField(_("最近回传"))

    class Meta:
        verbose_name = _("委外回传")
        verbose_name_plural = _("委外回传")

    def __str__(self) -> str:
        return self.org


class ReportedContact(models.Model):
    """Where an entry of the log came from: the sender's own reference, so that sending it again writes nothing twice.

    `digest`: SHA-256 of the entry as it was sent; the same reference with another content is refused.
    """

    org = models.CharField(max_length=32)
    reference = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    attempt = models.OneToOneField(ContactAttempt, on_delete=models.PROTECT, related_name="report")

    class Meta:
        verbose_name = _("回传的联系")
        verbose_name_plural = _("回传的联系")
        constraints = [models.UniqueConstraint(fields=["org", "reference"], name="reported_contact_once")]

    def __str__(self) -> str:
        return f"{self.org} {self.reference}"
