"""What an agency sends back: its files with their rows, what came of them, and the money that it says was paid."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class ReturnedKind(models.TextChoices):
    CONTACTS = "contacts", _("催记")
    PROMISES = "promises", _("承诺还款")
    PAYMENTS = "payments", _("回款申报")
    COMPLAINTS = "complaints", _("投诉")
    RECORDINGS = "recordings", _("录音清单")


class ReturnedState(models.TextChoices):
    READING = "reading", _("读取中")
    REFUSED = "refused", _("未能读取")
    PREVIEW = "preview", _("待入库")
    APPLYING = "applying", _("入库中")
    APPLIED = "applied", _("已入库")
    DISCARDED = "discarded", _("已放弃")


class Verdict(models.TextChoices):
    FINE = "fine", _("可入库")
    KNOWN = "known", _("已有")
    REFUSED = "refused", _("不入库")
    DONE = "done", _("已入库")


class MoneyPlace(models.TextChoices):
    """To whom the debtor paid, as the agency tells it."""

    US = "us", _("付至本公司")
    AGENCY = "agency", _("付至机构")
    LENDER = "lender", _("付至出借人账户")


class ReturnedFile(models.Model):
    """One file of an agency, about the days from `first_day` to `last_day`. `counts`: rows by verdict and by what is odd.
    `refusal`: the finding for which no row of it was read (cases/imports/words/problems.py). The same bytes come in once,
    unless they were refused or given up before."""

    agency = models.ForeignKey("vendors.Agency", on_delete=models.PROTECT, related_name="returned_files")
    kind = models.CharField(_("文件类型"), max_length=10, choices=ReturnedKind)
    first_day = models.DateField(_("所属日期起"))
    last_day = models.DateField(_("所属日期止"))
    state = models.CharField(_("状态"), max_length=9, choices=ReturnedState, default=ReturnedState.READING)
    file_name = models.CharField(_("文件名"), max_length=255)
    stored_name = models.CharField(max_length=80)
    size = models.BigIntegerField(_("字节数"))
    sha256 = models.CharField(max_length=64)
    counts = models.JSONField(default=dict)
    notes = models.JSONField(default=list)
    refusal = models.JSONField(default=dict)
    job = models.ForeignKey("core.Job", null=True, on_delete=models.SET_NULL, related_name="+", db_index=False)
    uploaded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    uploaded_at = models.DateTimeField(_("上传时间"))
    applied_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    applied_at = models.DateTimeField(_("入库时间"), null=True)

    class Meta:
        verbose_name = _("回传文件")
        verbose_name_plural = _("回传文件")
        constraints = [
            models.UniqueConstraint(
                fields=["agency", "kind", "sha256"],
                name="returned_file_once",
                condition=~Q(state__in=["refused", "discarded"]),
            ),
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="returned_file_days"),
            models.CheckConstraint(
                condition=~Q(state="applied") | Q(applied_at__isnull=False), name="returned_file_applied_at"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"HC{self.uploaded_at:%y%m%d}-{self.pk}"


class ReturnedRow(models.Model):
    """A row as it was read, with what becomes of it. `reasons`: findings, without the value of a personal cell. `sealed`:
    what only the writing needs (numbers, notes, words of people), encrypted; empty of a row that is refused."""

    file = models.ForeignKey(ReturnedFile, on_delete=models.CASCADE, related_name="rows", db_index=False)
    sheet = models.CharField(max_length=64, blank=True)
    number = models.PositiveIntegerField(_("行号"))
    contract_no = models.CharField(_("合同编号"), max_length=64, blank=True)
    reference = models.CharField(_("参考号"), max_length=64, blank=True)
    happened_on = models.DateField(_("日期"), null=True)
    amount = models.DecimalField(_("金额"), max_digits=14, decimal_places=2, null=True)
    verdict = models.CharField(_("结果"), max_length=7, choices=Verdict)
    reasons = models.JSONField(default=list)
    sealed = models.TextField(blank=True)
    case = models.ForeignKey("cases.Case", null=True, on_delete=models.PROTECT, related_name="+", db_index=False)

    class Meta:
        verbose_name = _("回传行")
        verbose_name_plural = _("回传行")
        indexes = [models.Index(fields=["file", "verdict", "id"], name="returned_row_idx")]

    def __str__(self) -> str:
        return f"{self.file_id}/{self.number}"


class ReturnedFact(models.Model):
    """What an entry of an agency became, by the agency's own reference: sent again, by file or by program, it is known.
    `digest`: of what it says; the same reference with something else is refused. Contacts have their own row of this kind
    (compliance.ReportedContact), a recording stands with its contact, payments are rows of their own (PaymentClaim). Never
    changed."""

    agency = models.ForeignKey(
        "vendors.Agency", on_delete=models.PROTECT, related_name="returned_facts", db_index=False
    )
    kind = models.CharField(max_length=10, choices=ReturnedKind)
    reference = models.CharField(_("参考号"), max_length=64)
    digest = models.CharField(max_length=64)
    promise = models.OneToOneField("cases.Promise", null=True, on_delete=models.PROTECT, related_name="returned")
    complaint = models.OneToOneField(
        "compliance.Complaint", null=True, on_delete=models.PROTECT, related_name="returned"
    )
    file = models.ForeignKey(ReturnedFile, null=True, on_delete=models.PROTECT, related_name="facts", db_index=False)

    class Meta:
        verbose_name = _("回传记录")
        verbose_name_plural = _("回传记录")
        constraints = [
            models.UniqueConstraint(fields=["agency", "kind", "reference"], name="returned_fact_once"),
            models.CheckConstraint(
                condition=Q(kind="promises", promise__isnull=False, complaint__isnull=True)
                | Q(kind="complaints", promise__isnull=True, complaint__isnull=False),
                name="returned_fact_of_its_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agency_id} {self.reference}"


class PaymentClaim(models.Model):
    """An agency says that a debtor paid. It is no money: only confirmed repayments are (cases.Repayment), and `repayment` is
    the one that this claim is about, once it has come. What is claimed never changes (trigger); a repayment matches one
    claim at most, of its own contract and amount (trigger). When the repayment goes, the claim stands alone again."""

    agency = models.ForeignKey("vendors.Agency", on_delete=models.PROTECT, related_name="claims", db_index=False)
    loan = models.ForeignKey("cases.Loan", on_delete=models.PROTECT, related_name="+")
    case = models.ForeignKey("cases.Case", on_delete=models.PROTECT, related_name="+", db_index=False)
    paid_on = models.DateField(_("还款日期"))
    amount = models.DecimalField(_("申报金额"), max_digits=14, decimal_places=2)
    place = models.CharField(_("收款方"), max_length=6, choices=MoneyPlace)
    reference = models.CharField(_("参考号"), max_length=64)
    file = models.ForeignKey(ReturnedFile, null=True, on_delete=models.PROTECT, related_name="claims", db_index=False)
    claimed_at = models.DateTimeField(_("申报时间"))
    # The key is the migration's: it lets the claim go when an import of repayments is taken back.
    repayment = models.ForeignKey(
        "cases.Repayment", null=True, on_delete=models.DO_NOTHING, related_name="+", db_index=False, db_constraint=False
    )

    class Meta:
        verbose_name = _("回款申报")
        verbose_name_plural = _("回款申报")
        constraints = [
            models.UniqueConstraint(fields=["agency", "reference"], name="payment_claim_reference_once"),
            models.UniqueConstraint(fields=["repayment"], name="payment_claim_one_repayment"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_claim_positive"),
        ]
        indexes = [models.Index(fields=["agency", "paid_on", "id"], name="payment_claim_month_idx")]

    def __str__(self) -> str:
        return self.reference
