"""Repayments come as files: a contract may be paid for often, money is matched later, reversals share a number."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("cases", "0006_keep_provenance_by_sets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name="importrun",
            name="kind",
            field=models.CharField(
                blank=True,
                choices=[("overdue", "逾期明细"), ("repayments", "还款明细")],
                default="overdue",
                max_length=12,
                verbose_name="类型",
            ),
        ),
        migrations.RemoveConstraint(
            model_name="importrow",
            name="import_row_contract_once",
        ),
        migrations.RemoveConstraint(
            model_name="repayment",
            name="repayment_reference_once",
        ),
        migrations.AddField(
            model_name="importrow",
            name="original_reference",
            field=models.CharField(blank=True, db_default="", help_text="冲正行：原流水号", max_length=64),
        ),
        migrations.AddField(
            model_name="importrow",
            name="repayment_status",
            field=models.CharField(blank=True, db_default="", max_length=12),
        ),
        migrations.AddField(
            model_name="importrow",
            name="reverses_id",
            field=models.BigIntegerField(blank=True, help_text="冲正行：冲正哪一笔还款", null=True),
        ),
        migrations.AddField(
            model_name="importrow",
            name="reverses_row",
            field=models.BigIntegerField(blank=True, help_text="冲正行：冲正本文件的哪一行", null=True),
        ),
        migrations.AddField(
            model_name="repayment",
            name="matched_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="匹配时间"),
        ),
        migrations.AddField(
            model_name="repayment",
            name="matched_by",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, db_index=False),
        ),
        migrations.AddField(
            model_name="repayment",
            name="matched_by_run",
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.importrun", db_index=False),
        ),
        migrations.AddConstraint(
            model_name="importrow",
            constraint=models.UniqueConstraint(condition=models.Q(("paid_on__isnull", True), ("state", "accepted")), fields=("run", "contract_no"), name="import_row_contract_once"),
        ),
        migrations.AddConstraint(
            model_name="repayment",
            constraint=models.UniqueConstraint(condition=models.Q(models.Q(("reference", ""), _negated=True), ("reversal_of__isnull", True)), fields=("source", "reference", "status"), name="repayment_reference_once"),
        ),
        migrations.AddConstraint(
            model_name="repayment",
            constraint=models.CheckConstraint(condition=models.Q(models.Q(("matched_at__isnull", True), ("matched_by__isnull", True), ("matched_by_run__isnull", True)), models.Q(("loan__isnull", False), ("matched_at__isnull", False)), _connector="OR"), name="repayment_matched_to_a_loan"),
        ),
        migrations.AddIndex(
            model_name="repayment",
            index=models.Index(
                fields=["matched_by_run"], name="repayment_matched_idx", condition=models.Q(matched_by_run__isnull=False)
            ),
        ),
    ]
