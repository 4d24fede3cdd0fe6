"""Who looked at personal data, how long records stay, what people ask about their data.

Records of contact are deleted by a retention run and in no other way: the triggers let go only what is listed in an approved
run that this session names, is older than five years by the lender's calendar, and is under no legal hold. Five years are a
floor that no setting lowers; the rule CN-R-01 may ask for more.
"""

import collection_ops.core.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FUNCTION = f"""
CREATE FUNCTION compliance_keep_records() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named text := current_setting('compliance.retention_run', true);
    attempt bigint;
    moment timestamptz;
    whose bigint;
BEGIN
    IF TG_OP = 'DELETE' AND named ~ '^[0-9]+$' THEN
        IF TG_TABLE_NAME = 'compliance_contactattempt' THEN
            moment := greatest(OLD.opened_at, OLD.closed_at);
            whose := OLD.debtor_id;
        ELSIF TG_TABLE_NAME = 'compliance_gatedecision' THEN
            moment := OLD.decided_at;
            whose := OLD.debtor_id;
        ELSIF TG_TABLE_NAME = 'compliance_queuedmessage' THEN
            moment := greatest(OLD.queued_at, OLD.sent_at);
            SELECT l.debtor_id INTO whose FROM cases_case c JOIN cases_loan l ON l.id = c.loan_id WHERE c.id = OLD.case_id;
        ELSE
            IF TG_TABLE_NAME = 'compliance_breach' THEN
                moment := OLD.changed_at;
            END IF;
            attempt := OLD.attempt_id;
            SELECT greatest(moment, a.opened_at, a.closed_at), a.debtor_id INTO moment, whose
            FROM compliance_contactattempt a WHERE a.id = attempt;
        END IF;
        IF (moment AT TIME ZONE '{settings.TIME_ZONE}')::date + interval '5 years'
                < (now() AT TIME ZONE '{settings.TIME_ZONE}')::date
            AND EXISTS (SELECT 1 FROM compliance_retentionrun r WHERE r.id = named::bigint AND r.state = 'approved')
            AND NOT EXISTS (
                SELECT 1 FROM compliance_legalhold h WHERE h.debtor_id = whose AND h.lifted_at IS NULL
            ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is kept', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""
TABLES = {
    "compliance_gatedecision": "UPDATE OR DELETE",
    "compliance_contactattempt": "DELETE",
    "compliance_breach": "DELETE",
    "compliance_contactdetail": "DELETE",
    "compliance_queuedmessage": "DELETE",
}
KEPT = """
DROP TRIGGER {table}_kept ON {table};
CREATE TRIGGER {table}_kept BEFORE {events} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_kept;
"""


def kept_by(function: str) -> str:
    return "".join(KEPT.format(table=table, events=events, function=function) for table, events in TABLES.items())


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0019_complaint_holds"),
        ("compliance", "0027_breach_register_and_incidents"),
        ("core", "0007_audit_by_time"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="RetentionRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=16, verbose_name="规则")),
                ("years", models.PositiveSmallIntegerField(verbose_name="保存年数")),
                ("as_of", models.DateField(verbose_name="截至")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("proposed", "待批准"),
                            ("approved", "已批准，执行中"),
                            ("applied", "已执行"),
                            ("rejected", "未批准"),
                            ("withdrawn", "已撤回"),
                        ],
                        default="draft",
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("preview", models.JSONField(default=dict)),
                ("removed", models.JSONField(default=dict)),
                ("made_at", models.DateTimeField(verbose_name="生成时间")),
                ("proposed_at", models.DateTimeField(blank=True, null=True, verbose_name="提出时间")),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="提出说明")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="审批时间")),
                ("decision_note", models.CharField(blank=True, max_length=200, verbose_name="审批意见")),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="完成时间")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "job",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="core.job",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "proposed_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "到期删除",
                "verbose_name_plural": "到期删除",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["draft", "proposed", "approved"])),
                        fields=("rule",),
                        name="retention_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["approved", "applied"]), _negated=True),
                            models.Q(
                                ("decided_by__isnull", False),
                                ("proposed_by__isnull", False),
                                models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="retention_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RetentionItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("contact", "催记与录音编号"),
                            ("decision", "未联系的判定"),
                            ("message", "短信与消息"),
                            ("complaint", "投诉"),
                        ],
                        max_length=9,
                    ),
                ),
                ("object_id", models.BigIntegerField()),
                ("debtor_id", models.BigIntegerField(null=True)),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                ("spared", models.CharField(blank=True, max_length=12)),
                (
                    "run",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="items",
                        to="compliance.retentionrun",
                    ),
                ),
            ],
            options={
                "verbose_name": "到期删除明细",
                "verbose_name_plural": "到期删除明细",
                "constraints": [
                    models.UniqueConstraint(fields=("run", "kind", "object_id"), name="retention_item_once"),
                ],
                "indexes": [
                    models.Index(
                        condition=models.Q(("removed_at__isnull", True), ("spared", "")),
                        fields=["run", "kind", "object_id"],
                        name="retention_item_todo_idx",
                    ),
                    models.Index(fields=["debtor_id"], name="retention_item_debtor_idx"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DataRequest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("copy", "查阅、复制"),
                            ("correction", "更正、补充"),
                            ("deletion", "删除"),
                            ("explain", "解释说明处理规则"),
                            ("withdraw", "撤回同意"),
                            ("sharing", "说明向谁提供过"),
                        ],
                        max_length=10,
                        verbose_name="请求",
                    ),
                ),
                (
                    "requester",
                    models.CharField(
                        choices=[("self", "本人"), ("kin", "近亲属（本人已故）"), ("agent", "代理人")],
                        default="self",
                        max_length=5,
                        verbose_name="请求人",
                    ),
                ),
                (
                    "requester_name",
                    collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name="请求人姓名"),
                ),
                ("proof", models.CharField(blank=True, max_length=200, verbose_name="身份或授权证明")),
                ("details", collection_ops.core.fields.EncryptedTextField(verbose_name="请求内容")),
                ("received_at", models.DateTimeField(verbose_name="收到时间")),
                ("received_on", models.DateField(verbose_name="收到日期")),
                ("due_on", models.DateField(verbose_name="答复期限")),
                ("told", models.PositiveSmallIntegerField(default=0)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("received", "待核验"),
                            ("checking", "处理中"),
                            ("decided", "待答复"),
                            ("done", "已办结"),
                        ],
                        default="received",
                        max_length=8,
                        verbose_name="状态",
                    ),
                ),
                ("identity", models.CharField(blank=True, max_length=200, verbose_name="身份核验方式")),
                ("checked_at", models.DateTimeField(blank=True, null=True, verbose_name="核验时间")),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[("granted", "同意"), ("partly", "部分同意"), ("refused", "不同意")],
                        max_length=7,
                        verbose_name="决定",
                    ),
                ),
                ("answer", collection_ops.core.fields.EncryptedTextField(blank=True, verbose_name="答复内容")),
                ("parts", models.JSONField(default=list)),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="决定时间")),
                ("done_how", models.CharField(blank=True, max_length=200, verbose_name="如何办结")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="办结时间")),
                ("file_name", models.CharField(blank=True, max_length=80)),
                ("file_sha256", models.CharField(blank=True, max_length=64)),
                ("file_made_at", models.DateTimeField(blank=True, null=True, verbose_name="副本生成时间")),
                ("recorded_at", models.DateTimeField(verbose_name="登记时间")),
                (
                    "checked_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "debtor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="data_requests",
                        to="cases.debtor",
                        verbose_name="客户",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "个人信息请求",
                "verbose_name_plural": "个人信息请求",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["received", "checking", "decided"])),
                        fields=["due_on"],
                        name="data_request_open_idx",
                    ),
                    models.Index(
                        condition=models.Q(("file_name", ""), _negated=True),
                        fields=["file_made_at"],
                        name="data_request_file_idx",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("requester", "self"), models.Q(("proof", ""), _negated=True), _connector="OR"
                        ),
                        name="data_request_proof",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_on__gt", models.F("received_on"))), name="data_request_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True), ("outcome", ""), ("state__in", ["received", "checking"])
                            ),
                            models.Q(
                                ("checked_at__isnull", False),
                                ("decided_at__isnull", False),
                                ("state__in", ["decided", "done"]),
                                models.Q(("outcome", ""), _negated=True),
                                models.Q(("identity", ""), _negated=True),
                                models.Q(("answer", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="data_request_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "done"), _negated=True),
                            models.Q(("done_at__isnull", False), models.Q(("done_how", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="data_request_done",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DisclosureAlert",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("not_own", "查看非本人案件"),
                            ("after_hours", "非工作时间查询"),
                            ("in_a_row", "短时间连续查看"),
                            ("empty_searches", "多次按姓名查找无结果"),
                            ("no_contact", "查看号码后未联系"),
                            ("exports", "导出人数达到警戒线"),
                        ],
                        max_length=14,
                        verbose_name="提示",
                    ),
                ),
                ("day", models.DateField(verbose_name="日期")),
                ("count", models.PositiveIntegerField(verbose_name="数量")),
                (
                    "severity",
                    models.PositiveSmallIntegerField(
                        choices=[(1, "提示"), (2, "较重"), (3, "严重")], verbose_name="程度"
                    ),
                ),
                ("evidence", models.JSONField(default=list)),
                (
                    "state",
                    models.CharField(
                        choices=[("new", "待核查"), ("explained", "已说明"), ("confirmed", "确认异常")],
                        default="new",
                        max_length=9,
                        verbose_name="状态",
                    ),
                ),
                ("found_at", models.DateTimeField(verbose_name="发现时间")),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="核查时间")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="核查说明")),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="人员",
                    ),
                ),
            ],
            options={
                "verbose_name": "查询异常提示",
                "verbose_name_plural": "查询异常提示",
                "indexes": [
                    models.Index(fields=["day"], name="disclosure_alert_day_idx"),
                    models.Index(
                        condition=models.Q(("state", "new")), fields=["-day"], name="disclosure_alert_new_idx"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("kind", "user", "day"), name="disclosure_alert_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True),
                                ("decided_by__isnull", True),
                                ("note", ""),
                                ("state", "new"),
                            ),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                                ("state__in", ["explained", "confirmed"]),
                                models.Q(("note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="disclosure_alert_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("decided_by__isnull", True),
                            models.Q(("decided_by", models.F("user")), _negated=True),
                            _connector="OR",
                        ),
                        name="disclosure_alert_by_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DisclosureReview",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField(verbose_name="周")),
                ("reviewed_at", models.DateTimeField(verbose_name="签阅时间")),
                ("note", models.CharField(blank=True, max_length=500, verbose_name="签阅意见")),
                ("has_own", models.BooleanField(default=False, verbose_name="含签阅人本人")),
                ("second_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reviewed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="签阅人",
                    ),
                ),
                (
                    "second_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "查询监测签阅",
                "verbose_name_plural": "查询监测签阅",
                "constraints": [
                    models.UniqueConstraint(fields=("week",), name="disclosure_review_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("second_at__isnull", True), ("second_by__isnull", True)),
                            models.Q(
                                ("has_own", True),
                                ("second_at__isnull", False),
                                models.Q(("second_by", models.F("reviewed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="disclosure_review_two_people",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LegalHold",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.CharField(max_length=200, verbose_name="保全原因")),
                ("reference", models.CharField(blank=True, max_length=64, verbose_name="案号或文号")),
                ("placed_at", models.DateTimeField(verbose_name="开始")),
                ("lifted_at", models.DateTimeField(blank=True, null=True, verbose_name="解除时间")),
                ("lift_reason", models.CharField(blank=True, max_length=200, verbose_name="解除原因")),
                (
                    "debtor",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="legal_holds",
                        to="cases.debtor",
                        verbose_name="客户",
                    ),
                ),
                (
                    "lifted_by",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "placed_by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="登记人",
                    ),
                ),
            ],
            options={
                "verbose_name": "法律保全",
                "verbose_name_plural": "法律保全",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("lifted_at__isnull", True)),
                        fields=("debtor", "reference"),
                        name="legal_hold_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("lift_reason", ""), ("lifted_at__isnull", True), ("lifted_by__isnull", True)),
                            models.Q(
                                ("lifted_at__gte", models.F("placed_at")),
                                ("lifted_by__isnull", False),
                                models.Q(("lift_reason", ""), _negated=True),
                                models.Q(("lifted_by", models.F("placed_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="legal_hold_lifted_by_another",
                    ),
                ],
            },
        ),
        migrations.AddIndex(
            model_name="queuedmessage",
            index=models.Index(
                condition=models.Q(("decision__isnull", False)), fields=["decision"], name="message_decision_idx"
            ),
        ),
        migrations.RunSQL(
            FUNCTION + kept_by("compliance_keep_records"),
            kept_by("core_refuse_change") + "DROP FUNCTION compliance_keep_records();",
        ),
    ]
