"""The importer's documents: a run, its rows as cleaned, its problems, and the layouts it learned."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from cases.models.source import Source
from collection_ops.core.fields import EncryptedTextField
from collection_ops.core.models import Job


class RunState(models.TextChoices):
    """draft → preview → applied → undone, with the ways out. Legal steps: cases/imports/run.py TRANSITIONS."""

    UPLOADED = "uploaded", _("已上传")
    READING = "reading", _("读取中")
    ASKING = "asking", _("待确认列")
    PREVIEW = "preview", _("待应用")
    SUBMITTED = "submitted", _("待审批")
    APPLYING = "applying", _("应用中")
    APPLIED = "applied", _("已应用")
    UNDONE = "undone", _("已撤销")
    REFUSED = "refused", _("已拒收")
    DISCARDED = "discarded", _("已放弃")


class RunKind(models.TextChoices):
    """What a file tells: the book of a day, money that came in, or what people complained of."""

    OVERDUE = "overdue", _("逾期明细")
    REPAYMENTS = "repayments", _("还款明细")
    COMPLAINTS = "complaints", _("投诉台账")


class Standing(models.TextChoices):
    """Where the file's day stands to the days the book has: decided when it is read, asked where doubtful."""

    NEWEST = "newest", _("最新一天")
    CORRECTION = "correction", _("更正同一天")
    HISTORY = "history", _("补录较早的一天")


class Layout(models.Model):
    """What the headings of one source's files mean. A changed answer makes a new version; old files replay with theirs."""

    source = models.ForeignKey(Source, on_delete=models.CASCADE, related_name="layouts", verbose_name=_("数据来源"))
    fingerprint = models.CharField(_("表头指纹"), max_length=64)
    version = models.PositiveIntegerField(_("版本"), default=1)
    headings = models.JSONField(_("表头"), default=list)
    mapping = models.JSONField(_("列映射"), default=dict, help_text=_("规范化的表头 → 字段"))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        verbose_name = _("列映射")
        verbose_name_plural = _("列映射")
        constraints = [
            models.UniqueConstraint(fields=["source", "fingerprint", "version"], name="layout_version_unique")
        ]

    def __str__(self) -> str:
        return f"{self.source_id} v{self.version}"


class HeadingSynonym(models.Model):
    """A heading that means a field, added to the shipped table (cases/imports/layout/synonyms.json)."""

    heading = models.CharField(_("表头"), max_length=64)
    field = models.CharField(_("字段"), max_length=32)

    class Meta:
        verbose_name = _("表头同义词")
        verbose_name_plural = _("表头同义词")
        constraints = [models.UniqueConstraint(fields=["heading"], name="heading_synonym_unique")]

    def __str__(self) -> str:
        return f"{self.heading} → {self.field}"


class ImportRun(models.Model):
    """One file on its way into the book: who, when, what it would change, what it changed."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="runs", verbose_name=_("数据来源"))
    # Empty until a file whose kind nobody named has been looked at.
    kind = models.CharField(_("类型"), max_length=12, choices=RunKind, default=RunKind.OVERDUE, blank=True)
    as_of = models.DateField(_("数据日期"))
    standing = models.CharField(max_length=12, choices=Standing, default=Standing.NEWEST)
    state = models.CharField(_("状态"), max_length=12, choices=RunState, default=RunState.UPLOADED)
    file_name = models.CharField(_("文件名"), max_length=255, help_text=_("仅供显示，从不用作路径"))
    stored_name = models.CharField(max_length=128)
    file_size = models.BigIntegerField(_("大小"), default=0)
    sha256 = models.CharField(max_length=64)
    # A keyed digest of what the rows say, the same however the file is named, saved or sorted.
    content_hash = models.CharField(max_length=64, blank=True)
    origin = models.CharField(
        max_length=8,
        choices=[("page", _("页面上传")), ("command", _("命令行")), ("inbox", _("自动取件"))],
        default="page",
    )
    accept_good_rows = models.BooleanField(_("只导入无误的行"), default=False)
    layout = models.ForeignKey(Layout, null=True, blank=True, on_delete=models.PROTECT, related_name="runs")
    # As understood: sheet, header row, columns with samples; questions and the clerk's answers (heading → field).
    understanding = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    questions = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    answers = models.JSONField(default=dict)
    # As previewed: what would change.
    row_counts = models.JSONField(_("行数"), default=dict)
    problem_counts = models.JSONField(default=dict)
    control_totals = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    differences = models.JSONField(_("差异"), default=dict, encoder=DjangoJSONEncoder)
    stages_before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    stages_after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    # What the sender says the file holds; typed in, compared with what was read.
    expected_rows = models.PositiveIntegerField(_("应有行数"), null=True, blank=True)
    expected_total = models.DecimalField(_("应有总额"), max_digits=16, decimal_places=2, null=True, blank=True)
    # [{code, params}]: guard rails of the source that the file is outside of; then a supervisor approves.
    guard_findings = models.JSONField(default=list, encoder=DjangoJSONEncoder)
    # The book the preview was computed against; apply refuses silently changed ground.
    base_version = models.BigIntegerField(null=True, blank=True)
    book_hash_before = models.CharField(max_length=64, blank=True)
    book_hash_after = models.CharField(max_length=64, blank=True)
    refusal = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    job = models.ForeignKey(Job, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    uploaded_at = models.DateTimeField(_("上传时间"), db_default=Now())
    submitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(_("提交审批时间"), null=True, blank=True)
    submit_note = models.CharField(_("提交说明"), max_length=200, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(_("审批时间"), null=True, blank=True)
    approval_note = models.CharField(_("审批意见"), max_length=200, blank=True)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    applied_at = models.DateTimeField(_("应用时间"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    undone_at = models.DateTimeField(_("撤销时间"), null=True, blank=True)
    # Rows taken back while others, on which later facts stand, remain: the run is then still applied.
    undone_rows = models.PositiveIntegerField(_("已撤销行数"), default=0)

    class Meta:
        verbose_name = _("导入")
        verbose_name_plural = _("导入")
        constraints = [
            # The same file cannot be in the book twice; undone or discarded runs may be followed by another try.
            models.UniqueConstraint(
                fields=["source", "sha256"], name="import_run_file_once", condition=Q(state="applied")
            ),
            # Nor may the same rows of the same day, however the file was named or saved.
            models.UniqueConstraint(
                fields=["source", "kind", "as_of", "content_hash"],
                name="import_run_content_once",
                condition=Q(state="applied") & ~Q(content_hash=""),
            ),
            models.CheckConstraint(
                condition=Q(approved_by__isnull=True)
                | Q(submitted_by__isnull=True)
                | ~Q(approved_by=F("submitted_by")),
                name="import_run_two_people",
            ),
            # One file of a source at a time may be on its way in.
            models.UniqueConstraint(fields=["source"], name="import_run_one_applying", condition=Q(state="applying")),
        ]
        indexes = [
            models.Index(fields=["source", "-as_of"], name="import_run_source_idx"),
            models.Index(fields=["sha256"], name="import_run_sha_idx"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk}"


class ImportRow(models.Model):
    """One row of a file, cleaned, typed and matched: what a preview counts, what an apply writes from, and where any
    figure on a record leads back to. The original cells stay in the stored file."""

    class State(models.TextChoices):
        ACCEPTED = "accepted", _("接受")
        REJECTED = "rejected", _("拒绝")
        SKIPPED = "skipped", _("跳过")
        UNDONE = "undone", _("已撤销")

    class Difference(models.TextChoices):
        NEW = "new", _("新增")
        REENTERED = "reentered", _("再次逾期")
        RETURNED = "returned", _("缺席后出现")
        KNOWN = "known", _("在册")
        # Rows of a repayment file.
        BOOKED = "booked", _("入账")
        UNMATCHED = "unmatched", _("待匹配")
        REPEATED = "repeated", _("重复流水")
        REVERSAL = "reversal", _("冲正")
        # Rows of a complaint ledger.
        OPENED = "opened", _("待办投诉")
        SETTLED = "settled", _("已办结投诉")
        REGISTERED = "registered", _("已登记过")
        JOINED = "joined", _("并入前面一行")

    run = models.ForeignKey(
        ImportRun,
        on_delete=models.CASCADE,
        related_name="rows",
        db_index=False,
        db_constraint=False,  # kept by a trigger, see cases/models/keys.py
    )
    sheet = models.CharField(_("工作表"), max_length=64)
    row_number = models.PositiveIntegerField(_("行号"))
    state = models.CharField(max_length=8, choices=State)
    contract_no = models.CharField(max_length=64, blank=True)
    debtor_name = models.CharField(max_length=128, blank=True)
    id_type = models.CharField(max_length=32, blank=True)
    id_no = EncryptedTextField(blank=True)
    id_index = models.CharField(max_length=32, blank=True)
    id_last4 = models.CharField(max_length=4, blank=True)
    product = models.CharField(max_length=64, blank=True)
    region = models.CharField(max_length=64, blank=True)
    credit_limit = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    disbursed_on = models.DateField(null=True, blank=True)
    due_date = models.DateField(null=True, blank=True)
    days_past_due = models.IntegerField(null=True, blank=True)
    principal = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    interest = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    penalty = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    fees = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    total = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    # Files of single events, which have a day of their own: when money was paid, when a complaint was received (`reference`
    # is then its number). The rest is of repayment files only.
    paid_on = models.DateField(null=True, blank=True)
    amount = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    reference = models.CharField(max_length=64, blank=True, db_default="")
    channel = models.CharField(max_length=32, blank=True, db_default="")
    original_reference = models.CharField(max_length=64, blank=True, db_default="", help_text=_("冲正行：原流水号"))
    repayment_status = models.CharField(max_length=12, blank=True, db_default="")
    reverses_id = models.BigIntegerField(null=True, blank=True, help_text=_("冲正行：冲正哪一笔还款"))
    reverses_row = models.BigIntegerField(null=True, blank=True, help_text=_("冲正行：冲正本文件的哪一行"))
    # [{kind, value (encrypted), masked, relation, holder}] – the debtor's own phones first, then address, employer, third
    # persons; and their blind indexes in the same order, so that a set can be compared without opening the documents.
    contacts = models.JSONField(default=list)
    point_indexes = ArrayField(models.CharField(max_length=32), null=True, blank=True)
    own_phones = models.PositiveSmallIntegerField(default=0, db_default=0)
    # Written by the match room; ids of the book's rows this row is about.
    debtor_id = models.BigIntegerField(null=True, blank=True)
    loan_id = models.BigIntegerField(null=True, blank=True)
    case_id = models.BigIntegerField(null=True, blank=True)
    difference = models.CharField(max_length=12, choices=Difference, blank=True)
    old_total = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    old_days = models.IntegerField(null=True, blank=True)
    paid_down = models.BooleanField(default=False)
    balance_up = models.BooleanField(default=False)
    rolled = models.SmallIntegerField(default=0, help_text=_("阶段变化：正数前滚，负数后滚"))
    renamed = models.BooleanField(default=False, db_default=False, help_text=_("姓名与账簿不同"))
    phone_changed = models.BooleanField(default=False, db_default=False, help_text=_("有账簿里没有的本人电话"))
    # What only this kind of file says, as JSON in one encrypted text; its own match and write rooms read it.
    sealed = EncryptedTextField(null=True, blank=True)

    class Meta:
        verbose_name = _("导入行")
        verbose_name_plural = _("导入行")
        constraints = [
            models.UniqueConstraint(fields=["run", "sheet", "row_number"], name="import_row_place_unique"),
            # Of a book of the day; a repayment file may name a contract as often as it was paid for, a ledger as often as
            # it was complained about.
            models.UniqueConstraint(
                fields=["run", "contract_no"],
                name="import_row_contract_once",
                condition=Q(state="accepted", paid_on__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet}!{self.row_number}"


class ImportProblem(models.Model):
    """What is wrong with a cell, a row or the file, where, and what was expected. Personal values are masked."""

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="problems", db_index=False)
    sheet = models.CharField(max_length=64, blank=True)
    row_number = models.PositiveIntegerField(null=True, blank=True)
    column = models.CharField(max_length=64, blank=True)
    value = models.CharField(max_length=200, blank=True)
    code = models.CharField(max_length=48)
    severity = models.CharField(
        max_length=8, choices=[("error", _("错误")), ("warning", _("注意")), ("info", _("说明"))]
    )
    params = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("导入问题")
        verbose_name_plural = _("导入问题")
        indexes = [models.Index(fields=["run", "severity", "code"], name="import_problem_run_idx")]

    def __str__(self) -> str:
        return f"{self.code} {self.row_number or ''}"


class ImportChange(models.Model):
    """What a run overwrote on a loan or a debtor (name, product, region, limit): the ground for undo and for the preview
    of the next file. Balances need no row here, positions keep them. An undone change goes; the row keeps what the file
    said."""

    class Table(models.TextChoices):
        LOAN = "loan", _("借款合同")
        DEBTOR = "debtor", _("客户")

    run = models.ForeignKey(ImportRun, on_delete=models.CASCADE, related_name="changes")
    table = models.CharField(max_length=8, choices=Table)
    object_id = models.BigIntegerField()
    before = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    after = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        verbose_name = _("导入改动")
        verbose_name_plural = _("导入改动")
        constraints = [
            models.UniqueConstraint(fields=["run", "table", "object_id"], name="import_change_once"),
        ]
        indexes = [models.Index(fields=["table", "object_id"], name="import_change_object_idx")]

    def __str__(self) -> str:
        return f"{self.table}#{self.object_id}"
