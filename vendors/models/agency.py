"""An agency: who it is, what it has shown, who works there, how it was judged, how it left."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

USER = settings.AUTH_USER_MODEL


class AgencyState(models.TextChoices):
    APPLYING = "applying", _("准入中")
    ACTIVE = "active", _("合作中")
    STOPPED = "stopped", _("停止委案")
    EXITING = "exiting", _("退出中")
    EXITED = "exited", _("已退出")


class Agency(models.Model):
    """An outside agency. Its cases sit on its desk, whose code is the agency's; whether it may be given cases on a day is
    answered by `agencies/standing.py` from what stands here and in its documents, checks and evaluations. `group`: agencies
    of one owner, among which a case is not handed round. `listed_on`: on the lender's white list; `published_on`: shown to
    the public with name and telephone (CN-A-01)."""

    desk = models.OneToOneField(
        "cases.Desk", on_delete=models.PROTECT, related_name="agency", verbose_name=_("委外席位")
    )
    name = models.CharField(_("机构名称"), max_length=64)
    group = models.CharField(_("所属集团"), max_length=64, blank=True)
    state = models.CharField(_("状态"), max_length=8, choices=AgencyState, default=AgencyState.APPLYING)
    credit_code = models.CharField(_("统一社会信用代码"), max_length=18, blank=True)
    hotline = models.CharField(_("公示电话"), max_length=32, blank=True)
    website = models.URLField(_("公示网址"), blank=True)
    address = models.CharField(_("地址"), max_length=128, blank=True)
    contact_name = models.CharField(_("联系人"), max_length=32, blank=True)
    contact_phone = models.CharField(_("联系电话"), max_length=32, blank=True)
    contact_email = models.EmailField(_("联系邮箱"), blank=True)
    listed_on = models.DateField(_("列入名单日期"), null=True, blank=True)
    published_on = models.DateField(_("对外公示日期"), null=True, blank=True)
    # The exit (CN-A-07): each step once, in any order but the last.
    exit_begun_on = models.DateField(_("退出开始日期"), null=True, blank=True)
    accounts_closed_on = models.DateField(_("账号关闭日期"), null=True, blank=True)
    data_returned_on = models.DateField(_("数据返还日期"), null=True, blank=True)
    deletion_confirmed_on = models.DateField(_("删除证明日期"), null=True, blank=True)
    created_at = models.DateTimeField(_("登记时间"), db_default=Now())

    class Meta:
        verbose_name = _("委外机构")
        verbose_name_plural = _("委外机构")
        constraints = [
            models.UniqueConstraint(fields=["name"], name="agency_name_unique"),
            models.UniqueConstraint(
                fields=["credit_code"], name="agency_credit_code_unique", condition=~Q(credit_code="")
            ),
            models.CheckConstraint(
                condition=~Q(state="exited") | Q(deletion_confirmed_on__isnull=False, accounts_closed_on__isnull=False),
                name="agency_exited_with_certificate",
            ),
            models.CheckConstraint(
                condition=Q(published_on__isnull=True) | ~Q(hotline=""), name="agency_published_with_telephone"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DocumentKind(models.TextChoices):
    LICENCE = "licence", _("营业执照")
    DATA_AGREEMENT = "data_agreement", _("个人信息委托处理协议")
    IMPACT_ASSESSMENT = "impact_assessment", _("个人信息保护影响评估")
    CONTRACT = "contract", _("委外合同")
    SECURITY = "security", _("信息安全认证")
    DELETION = "deletion", _("数据删除证明")
    OTHER = "other", _("其他")


DATA_AGREEMENT_FIELDS = {
    "purpose": _("处理目的"),
    "term": _("期限"),
    "method": _("处理方式"),
    "data_kinds": _("个人信息种类"),
    "protection": _("保护措施"),
    "audit": _("监督与审计"),
    "retention": _("到期返还或删除"),
}
"""What the agreement has to say (个保法 21; CN-A-05)."""


class AgencyDocument(models.Model):
    """A paper with its dates; never edited, the newest of a kind counts. `says`: of a data agreement what it agrees, by the
    names of DATA_AGREEMENT_FIELDS. `stored_name`: a private file, empty where only the dates are known."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="documents", verbose_name=_("机构"))
    kind = models.CharField(_("类型"), max_length=20, choices=DocumentKind)
    number = models.CharField(_("编号"), max_length=64, blank=True)
    signed_on = models.DateField(_("签署或出具日期"))
    valid_until = models.DateField(_("有效期至"), null=True, blank=True)
    says = models.JSONField(_("约定"), default=dict, blank=True)
    stored_name = models.CharField(max_length=80, blank=True)
    file_name = models.CharField(_("文件名"), max_length=128, blank=True)
    note = models.CharField(_("说明"), max_length=200, blank=True)
    recorded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(_("登记时间"), db_default=Now())

    class Meta:
        verbose_name = _("机构文件")
        verbose_name_plural = _("机构文件")
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("signed_on")), name="agency_document_dates"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}".strip()


class AgencyPerson(models.Model):
    """Somebody who works the lender's cases at an agency, with the training certificate."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="people", verbose_name=_("机构"))
    employee_no = models.CharField(_("工号"), max_length=32)
    name = models.CharField(_("姓名"), max_length=32)
    certificate_no = models.CharField(_("培训证书编号"), max_length=64, blank=True)
    certified_on = models.DateField(_("取得日期"), null=True, blank=True)
    certificate_until = models.DateField(_("证书有效期至"), null=True, blank=True)
    started_on = models.DateField(_("上岗日期"))
    left_on = models.DateField(_("离岗日期"), null=True, blank=True)

    class Meta:
        verbose_name = _("机构人员")
        verbose_name_plural = _("机构人员")
        constraints = [
            models.UniqueConstraint(fields=["agency", "employee_no"], name="agency_person_number_once"),
            models.CheckConstraint(
                condition=Q(left_on__isnull=True) | Q(left_on__gte=F("started_on")), name="agency_person_period"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CheckKind(models.TextChoices):
    UNLAWFUL_RECORD = "unlawful_record", _("违法违规催收记录")
    LICENCE = "licence", _("资质与经营范围")
    FINANCES = "finances", _("财务状况")
    SECURITY = "security", _("信息安全")
    SITE = "site", _("场地")
    STAFF = "staff", _("人员与培训")


class AgencyCheck(models.Model):
    """What was looked into before admission and again later. Never edited; the newest of a kind counts. A record of unlawful
    collection is a veto (CN-A-02): `record_on` is the day of the newest one."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="checks", verbose_name=_("机构"))
    kind = models.CharField(_("项目"), max_length=16, choices=CheckKind)
    passed = models.BooleanField(_("通过"))
    checked_on = models.DateField(_("核查日期"))
    record_on = models.DateField(_("记录日期"), null=True, blank=True)
    found = models.CharField(_("核查结果"), max_length=400)
    recorded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(_("登记时间"), db_default=Now())

    class Meta:
        verbose_name = _("准入核查")
        verbose_name_plural = _("准入核查")
        constraints = [
            models.CheckConstraint(
                condition=Q(record_on__isnull=True) | Q(kind="unlawful_record", passed=False),
                name="agency_check_record_is_failed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.checked_on}"


class EvaluationKind(models.TextChoices):
    YEARLY = "yearly", _("年度评价")
    BEFORE_END = "before_end", _("到期前评价")
    ONSITE = "onsite", _("现场检查")


class EvaluationResult(models.TextChoices):
    CONTINUE = "continue", _("继续合作")
    LIMIT = "limit", _("缩小范围")
    TERMINATE = "terminate", _("终止合作")


class AgencyEvaluation(models.Model):
    """At least one a year and one before the contract ends (CN-A-03), of compliance, effect and security. Never edited."""

    agency = models.ForeignKey(Agency, on_delete=models.PROTECT, related_name="evaluations", verbose_name=_("机构"))
    kind = models.CharField(_("类型"), max_length=12, choices=EvaluationKind)
    done_on = models.DateField(_("评价日期"))
    compliance = models.TextField(_("合规性"))
    effect = models.TextField(_("任务质效"))
    security = models.TextField(_("信息安全"))
    result = models.CharField(_("结论"), max_length=12, choices=EvaluationResult)
    recorded_by = models.ForeignKey(USER, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    recorded_at = models.DateTimeField(_("登记时间"), db_default=Now())

    class Meta:
        verbose_name = _("机构评价")
        verbose_name_plural = _("机构评价")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.done_on}"
