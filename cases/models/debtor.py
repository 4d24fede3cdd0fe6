"""The person who owes, and the ways to reach the person. Contact limits, promises and assignment act on the person."""

from django.contrib.postgres.indexes import HashIndex
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models.keys import provenance_key
from collection_ops.core.fields import EncryptedTextField


class Debtor(models.Model):
    """One person (or firm). Two loans belong to one debtor only when type and number of the ID agree; a name or a phone
    alone never joins people. Without an ID a debtor belongs to one loan."""

    name = models.CharField(_("姓名"), max_length=128)
    id_type = models.CharField(_("证件类型"), max_length=32, blank=True)
    id_no = EncryptedTextField(_("证件号码"), blank=True)
    id_index = models.CharField(max_length=32, blank=True)
    id_last4 = models.CharField(_("证件后四位"), max_length=4, blank=True)
    created_by_run = provenance_key()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("客户")
        verbose_name_plural = _("客户")
        constraints = [
            models.UniqueConstraint(
                fields=["id_index", "id_type"], name="debtor_id_unique", condition=~models.Q(id_index="")
            )
        ]
        indexes = [models.Index(fields=["name"], name="debtor_name_idx")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ContactPoint(models.Model):
    """A phone, address, employer or mail address of a debtor or of a third person, encrypted, with its standing.

    A third person who refused to be contacted (`refused_at`) has done so for good: a trigger keeps the status (CN-P-04).
    """

    class Kind(models.TextChoices):
        PHONE = "phone", _("电话")
        ADDRESS = "address", _("地址")
        EMPLOYER = "employer", _("单位")
        EMAIL = "email", _("邮箱")

    class Status(models.TextChoices):
        UNVERIFIED = "unverified", _("未核实")
        VALID = "valid", _("有效")
        DEAD = "dead", _("失效")
        REFUSED = "refused", _("拒绝联系")

    # No index of its own: contact_point_once begins with it.
    debtor = models.ForeignKey(
        Debtor,
        on_delete=models.CASCADE,
        related_name="contact_points",
        verbose_name=_("客户"),
        db_constraint=False,  # kept by a trigger, see cases/models/keys.py
        db_index=False,
    )
    kind = models.CharField(_("类型"), max_length=8, choices=Kind)
    value = EncryptedTextField(_("内容"))
    value_index = models.CharField(max_length=32)
    masked = models.CharField(_("脱敏内容"), max_length=64)
    relation = models.CharField(_("与客户关系"), max_length=32, blank=True, help_text=_("空为本人"))
    holder_name = models.CharField(_("联系人姓名"), max_length=64, blank=True)
    status = models.CharField(_("状态"), max_length=12, choices=Status, default=Status.UNVERIFIED)
    origin = models.CharField(_("来源"), max_length=32, blank=True)
    verified_on = models.DateField(_("核实日期"), null=True, blank=True)
    refused_at = models.DateTimeField(_("拒绝时间"), null=True, blank=True)
    created_by_run = provenance_key()
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("联系方式")
        verbose_name_plural = _("联系方式")
        constraints = [
            models.UniqueConstraint(fields=["debtor", "kind", "value_index"], name="contact_point_once"),
        ]
        indexes = [
            # Only ever asked for one exact value, in no order: a third of a b-tree's cost with every row written.
            HashIndex(fields=["value_index"], name="contact_point_value_hash"),
        ]

    def __str__(self) -> str:
        return self.masked
