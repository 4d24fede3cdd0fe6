"""Complaints: what somebody said, about whom, what became of it, and by when."""

from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _

from cases.models import Case
from collection_ops.core.access import Scope, scope
from collection_ops.core.fields import EncryptedTextField
from compliance.models.step import Step

if TYPE_CHECKING:
    from collection_ops.core.models import User


MOST_NARRATIVE = 32_767
"""Characters of what was told, typed in or from a ledger: what a cell of Excel holds. Letters to a regulator run over pages;
a longer one belongs into the files of the case, with a summary here."""


class ComplaintSource(models.TextChoices):
    """Where it came in. An ombudsman line or a court is a source of its own: they have numbers and deadlines of theirs."""

    COLLECTOR = "collector", _("催收员上报")
    HOTLINE = "hotline", _("客服热线")
    REGULATOR_12378 = "12378", _("监管热线 12378")
    GOVERNMENT_12345 = "12345", _("政务热线 12345")
    REGULATOR = "regulator", _("监管部门转办")
    COURT_POLICE = "court_police", _("法院、公安")
    AGENCY = "agency", _("委外机构")
    LETTER = "letter", _("来信来访")
    WEB = "web", _("网页与应用")
    MEDIA = "media", _("媒体与网络平台")


class ComplaintType(models.TextChoices):
    """What happened, as the person tells it."""

    THREAT = "threat", _("威胁、辱骂、恐吓")
    HARASSMENT = "harassment", _("频繁致电、骚扰")
    HOURS = "hours", _("不当时间联系")
    THIRD_PARTY = "third_party", _("联系亲友、单位等第三人")
    DISCLOSURE = "disclosure", _("泄露个人信息")
    IMPERSONATION = "impersonation", _("冒充司法、行政机关")
    NOT_OWED = "not_owed", _("非本人借款、已结清仍催收")
    AMOUNT = "amount", _("金额、利息有异议")
    FEE = "fee", _("费用有异议")
    CREDIT_REPORT = "credit_report", _("征信异议")
    DATA_USE = "data_use", _("个人信息使用")
    CONTRACT = "contract", _("合同与放款")
    NEGOTIATION = "negotiation", _("协商还款")
    SERVICE = "service", _("服务态度")
    CHANNEL = "channel", _("还款渠道与系统")
    OTHER = "other", _("其他")


class ComplaintCategory(models.TextChoices):
    """The regulator's classification by cause (消费投诉原因分类), for the returns that are sent to it. RECALLED, not read:
    counsel checks the names."""

    COLLECTION = "collection", _("债务催收方式和手段")
    SERVICE = "service", _("服务态度与服务质量")
    PRICING = "pricing", _("定价收费")
    RULES = "rules", _("制度、业务规则与流程")
    INFORMATION = "information", _("消费者信息安全")
    FUNDS = "funds", _("消费者资金安全")
    DISCLOSURE = "disclosure", _("信息披露")
    CONTRACT = "contract", _("合同条款")
    MARKETING = "marketing", _("营销方式和手段")
    SYSTEMS = "systems", _("服务设施、设备与业务系统")
    OTHER = "other", _("其他")


class Severity(models.IntegerChoices):
    MINOR = 1, _("一般")
    SERIOUS = 2, _("较重")
    MAJOR = 3, _("重大")


class ComplaintState(models.TextChoices):
    RECEIVED = "received", _("待分派")
    HANDLING = "handling", _("处理中")
    DECIDED = "decided", _("待答复")
    CLOSED = "closed", _("已办结")
    JOINED = "joined", _("已并入")


OPEN_STATES = (ComplaintState.RECEIVED, ComplaintState.HANDLING, ComplaintState.DECIDED)


class Complexity(models.TextChoices):
    """How long it may take (CN-C-01): each further step is a decision with a reason."""

    NORMAL = "normal", _("一般")
    COMPLEX = "complex", _("情况复杂")
    SPECIAL = "special", _("特别复杂")


class ComplaintOutcome(models.TextChoices):
    UPHELD = "upheld", _("属实")
    PARTLY = "partly", _("部分属实")
    NOT_UPHELD = "not_upheld", _("不属实")
    WITHDRAWN = "withdrawn", _("投诉人撤回")


FOUND_TRUE = (ComplaintOutcome.UPHELD, ComplaintOutcome.PARTLY)
DECIDED_OUTCOMES = (*FOUND_TRUE, ComplaintOutcome.NOT_UPHELD)
"""What the upheld rate divides by: one that was withdrawn has not been decided."""


class About(models.TextChoices):
    COLLECTOR = "collector", _("催收员")
    AGENCY = "agency", _("委外机构")
    PROCESS = "process", _("制度与流程")
    FEE = "fee", _("息费")
    CREDIT_REPORT = "credit_report", _("征信报送")
    DATA_USE = "data_use", _("信息使用")


class ComplaintQuerySet(models.QuerySet["Complaint"]):
    """Complaints as somebody may see them. Nobody sees one about themselves, whatever their role."""

    def for_user(self, user: "User", capability: str = "complaints.view") -> Self:
        granted = scope(user, capability)
        if granted is None:
            return self.none()
        about_me = ComplaintSubject.objects.filter(complaint=OuterRef("pk"), user=user)
        rows = self.filter(~Exists(about_me))
        if granted == Scope.ALL:
            return rows
        if granted == Scope.OWN:
            return rows.filter(recorded_by=user)
        if granted == Scope.TEAM:
            on_team = Case.objects.filter(loan__debtor=OuterRef("debtor")).for_user(user, capability)
            return rows.filter(Q(recorded_by=user) | Exists(on_team))
        if granted == Scope.PLACED:
            about_agency = ComplaintSubject.objects.filter(complaint=OuterRef("pk"), about=About.AGENCY)
            placed = Case.objects.filter(loan__debtor=OuterRef("debtor")).for_user(user, capability)
            return rows.filter(Q(recorded_by=user) | Exists(about_agency) | Exists(placed))
        raise LookupError(f"complaints know no scope {granted!r}")

    def open(self) -> Self:
        return self.filter(state__in=OPEN_STATES)

    def counted(self) -> Self:
        """Without those that were joined to another: one matter is one complaint."""
        return self.exclude(state=ComplaintState.JOINED)


class Complaint(models.Model):
    """One matter that somebody complains of. `debtor` is empty while nobody knows whose it is (a letter with a name only).

    `event_on`: the day on which it happened, as far as is said; `received_at`: when it reached the house, from which the
    clock runs; `recorded_at`: when it was typed in. `source_ref`: the number that the source gave it. `round`, `due_on`,
    `complexity` repeat the current `ComplaintRound`, for the order of the desk. `hold`: what stops collection meanwhile.
    `joined_to`: the one that this is a duplicate of; it has no clock of its own any more.
    """

    debtor = models.ForeignKey(
        "cases.Debtor",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="complaints",
        verbose_name=_("客户"),
    )
    case = models.ForeignKey(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("案件")
    )
    loans = models.ManyToManyField("cases.Loan", related_name="complaints", blank=True, verbose_name=_("涉及合同"))
    source = models.CharField(_("来源"), max_length=12, choices=ComplaintSource)
    source_ref = models.CharField(_("来源编号"), max_length=64, blank=True)
    type = models.CharField(_("类型"), max_length=16, choices=ComplaintType)
    category = models.CharField(_("监管分类"), max_length=16, choices=ComplaintCategory)
    severity = models.PositiveSmallIntegerField(_("严重程度"), choices=Severity, default=Severity.MINOR)
    event_on = models.DateField(_("发生日期"), null=True, blank=True)
    received_at = models.DateTimeField(_("收到时间"))
    received_on = models.DateField(_("收到日期"))
    complainant = models.CharField(
        _("投诉人"),
        max_length=12,
        choices=[("self", _("本人")), ("relative", _("亲属")), ("third", _("其他联系人")), ("agent", _("代理人"))],
        default="self",
    )
    complainant_name = EncryptedTextField(_("投诉人姓名"), blank=True)
    complainant_phone = EncryptedTextField(_("投诉人电话"), blank=True)
    narrative = EncryptedTextField(_("投诉内容"))
    demand = EncryptedTextField(_("投诉人诉求"), blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=ComplaintState, default=ComplaintState.RECEIVED)
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("经办人"),
    )
    round = models.PositiveSmallIntegerField(_("办理轮次"), default=1)
    due_on = models.DateField(_("办结期限"))
    complexity = models.CharField(_("复杂程度"), max_length=8, choices=Complexity, default=Complexity.NORMAL)
    outcome = models.CharField(_("处理结论"), max_length=10, choices=ComplaintOutcome, blank=True)
    finding = models.TextField(_("查明情况"), blank=True)
    remedy = models.TextField(_("补救措施"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    decided_at = models.DateTimeField(_("决定时间"), null=True, blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    joined_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="joined", verbose_name=_("并入")
    )
    hold = models.ForeignKey(
        "cases.Hold", null=True, blank=True, on_delete=models.PROTECT, related_name="complaints", verbose_name=_("停催")
    )
    # A keyed digest of who said what when: how a ledger's row without a number is known again. Empty for others.
    said_index = models.CharField(max_length=32, blank=True, db_default="", default="")
    run = models.ForeignKey(
        "cases.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+", verbose_name=_("导入")
    )
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("登记人"),
    )
    recorded_at = models.DateTimeField(_("登记时间"), db_default=Now())

    objects = ComplaintQuerySet.as_manager()

    class Meta:
        verbose_name = _("投诉")
        verbose_name_plural = _("投诉")
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_ref"], name="complaint_reference_once", condition=~Q(source_ref="")
            ),
            models.CheckConstraint(
                name="complaint_outcome_when_decided",
                condition=Q(state__in=["decided", "closed"], decided_at__isnull=False) & ~Q(outcome="")
                | Q(state__in=["received", "handling"], outcome="", decided_at__isnull=True)
                | Q(state="joined"),
            ),
            models.CheckConstraint(
                name="complaint_closed_at", condition=Q(state="closed", closed_at__isnull=False) | ~Q(state="closed")
            ),
            models.CheckConstraint(
                name="complaint_joined_to_another",
                condition=Q(state="joined", joined_to__isnull=False) & ~Q(joined_to=F("pk"))
                | ~Q(state="joined") & Q(joined_to__isnull=True),
            ),
            models.CheckConstraint(
                name="complaint_handled_by_somebody",
                # One that a ledger brings closed may have been handled by somebody who was never here.
                condition=Q(state="received")
                | Q(state="joined")
                | Q(handler__isnull=False)
                | Q(state="closed", run__isnull=False),
            ),
            models.CheckConstraint(name="complaint_severity", condition=Q(severity__gte=1, severity__lte=3)),
        ]
        indexes = [
            # The desk: what is open, the nearest deadline first, the severest of a day first.
            models.Index(
                fields=["due_on", "-severity", "id"],
                name="complaint_desk_idx",
                condition=Q(state__in=["received", "handling", "decided"]),
            ),
            models.Index(fields=["-received_on", "-id"], name="complaint_received_idx"),
            models.Index(fields=["closed_at"], name="complaint_closed_idx", condition=Q(closed_at__isnull=False)),
            # The rates: by the day on which it happened, and by the day of the decision.
            models.Index(Coalesce("event_on", "received_on"), name="complaint_day_idx"),
            models.Index(fields=["decided_at"], name="complaint_decided_idx", condition=Q(decided_at__isnull=False)),
            models.Index(fields=["said_index"], name="complaint_said_idx", condition=~Q(said_index="")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """As it is told to people: the day it was received and its own number."""
        return f"TS{self.received_on:%Y%m%d}-{self.pk}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def days_left(self, today: date) -> int:
        """Days until the last day on which closing is in time; 0 on that day, negative after it."""
        return (self.due_on - today).days


class ComplaintSubject(models.Model):
    """Whom or what a complaint is about. `user` for a collector who is known, `org` (an agency's code) for an agency.
    `responsible`: what the decision found, empty until then."""

    complaint = models.ForeignKey(
        Complaint, on_delete=models.CASCADE, related_name="subjects", db_index=False, verbose_name=_("投诉")
    )
    about = models.CharField(_("被投诉方"), max_length=16, choices=About)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("人员"),
    )
    org = models.CharField(_("机构"), max_length=32, blank=True)
    responsible = models.BooleanField(_("负有责任"), null=True, blank=True)

    class Meta:
        verbose_name = _("被投诉方")
        verbose_name_plural = _("被投诉方")
        constraints = [
            models.UniqueConstraint(
                fields=["complaint", "about", "user", "org"], name="complaint_subject_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="complaint_subject_named",
                condition=Q(about="collector", org="")
                | Q(about="agency", user__isnull=True) & ~Q(org="")
                | Q(about__in=["process", "fee", "credit_report", "data_use"], user__isnull=True, org=""),
            ),
        ]
        indexes = [models.Index(fields=["org"], name="complaint_subject_org_idx", condition=~Q(org=""))]

    def __str__(self) -> str:
        return f"{self.about} {self.user_id or self.org}"


class ComplaintRound(models.Model):
    """One way of a complaint from its opening (or reopening) to its closing, with a clock of its own: reopening starts the
    days anew, and whether the first closing was in time stays as it was. `escalated`: how much of the time had passed when
    people were last told (0, 50, 80, 100 per cent; 101: the deadline was missed)."""

    complaint = models.ForeignKey(
        Complaint, on_delete=models.CASCADE, related_name="rounds", db_index=False, verbose_name=_("投诉")
    )
    number = models.PositiveSmallIntegerField(_("轮次"))
    started_on = models.DateField(_("开始日期"))
    due_on = models.DateField(_("办结期限"))
    complexity = models.CharField(_("复杂程度"), max_length=8, choices=Complexity, default=Complexity.NORMAL)
    extension_reason = models.CharField(_("延期原因"), max_length=200, blank=True)
    extended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    escalated = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(_("处理结论"), max_length=10, choices=ComplaintOutcome, blank=True)
    closed_at = models.DateTimeField(_("办结时间"), null=True, blank=True)
    closed_on = models.DateField(_("办结日期"), null=True, blank=True)
    reopen_reason = models.CharField(_("重新受理原因"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("办理轮次")
        verbose_name_plural = _("办理轮次")
        constraints = [
            models.UniqueConstraint(fields=["complaint", "number"], name="complaint_round_once"),
            models.UniqueConstraint(
                fields=["complaint"], name="complaint_one_round_open", condition=Q(closed_at__isnull=True)
            ),
            models.CheckConstraint(
                name="complaint_round_extended_with_reason",
                condition=Q(complexity="normal") | ~Q(extension_reason=""),
            ),
        ]
        indexes = [models.Index(fields=["due_on"], name="complaint_round_due_idx")]

    def __str__(self) -> str:
        return f"{self.complaint_id}/{self.number}"

    @property
    def in_time(self) -> bool | None:
        """Whether it was closed by its last day; None while it is open."""
        return None if self.closed_on is None else self.closed_on <= self.due_on


class ComplaintStep(Step):
    """What was done about a complaint. Kinds have their labels in `complaints/one_texts.py`."""

    complaint = models.ForeignKey(
        Complaint, on_delete=models.PROTECT, related_name="steps", db_index=False, verbose_name=_("投诉")
    )

    class Meta:
        verbose_name = _("投诉处理步骤")
        verbose_name_plural = _("投诉处理步骤")
        indexes = [models.Index(fields=["complaint", "at"], name="complaint_step_idx")]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.kind}"
