"""Vouchers that were posted: they balance when the transaction ends, and stay as they are.

Every entry asks for its whole voucher again: a voucher has some hundred entries, written once a month.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

FORWARD = """
CREATE FUNCTION vendors_voucher_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked bigint;
    head record;
    sums record;
BEGIN
    IF TG_TABLE_NAME = 'vendors_voucher' THEN
        checked := NEW.id;
    ELSE
        checked := NEW.voucher_id;
    END IF;
    SELECT month, debit, credit INTO head FROM vendors_voucher WHERE id = checked;
    SELECT coalesce(sum(debit), 0) AS debit, coalesce(sum(credit), 0) AS credit, count(*) AS many,
           max(number) AS last_number, max(booked_on) AS last_day
    INTO sums FROM vendors_voucherentry WHERE voucher_id = checked;
    IF sums.debit <> head.debit OR sums.credit <> head.credit OR sums.many <> sums.last_number THEN
        RAISE EXCEPTION 'voucher %: its entries come to % and %, not % and %',
            checked, sums.debit, sums.credit, head.debit, head.credit
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_adds_up';
    END IF;
    IF sums.last_day >= head.month + interval '1 month' THEN
        RAISE EXCEPTION 'voucher %: an entry of a later month', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_in_its_month';
    END IF;
    IF EXISTS (
        SELECT FROM vendors_voucherentry WHERE voucher_id = checked GROUP BY section, accrual_id, settlement_id
        HAVING sum(debit) <> sum(credit) OR count(DISTINCT (agency_id, period, booked_on)) > 1)
    THEN
        RAISE EXCEPTION 'voucher %: a document does not balance', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'voucher_document_balances';
    END IF;
    IF EXISTS (
        SELECT FROM vendors_voucherentry e JOIN vendors_voucherentry o
          ON o.section = e.section AND o.voucher_id <> e.voucher_id
             AND (o.accrual_id = e.accrual_id OR o.settlement_id = e.settlement_id)
        WHERE e.voucher_id = checked)
    THEN
        RAISE EXCEPTION 'voucher %: a document was posted before', checked
            USING ERRCODE = 'unique_violation', CONSTRAINT = 'voucher_document_once';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER voucher_adds_up AFTER INSERT ON vendors_voucher
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vendors_voucher_adds_up();
CREATE CONSTRAINT TRIGGER voucher_entries_add_up AFTER INSERT ON vendors_voucherentry
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION vendors_voucher_adds_up();

CREATE FUNCTION vendors_keep_voucher() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was posted is never changed or deleted' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER vendors_voucher_kept BEFORE UPDATE OR DELETE ON vendors_voucher
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_voucher();
CREATE TRIGGER vendors_voucherentry_kept BEFORE UPDATE OR DELETE ON vendors_voucherentry
    FOR EACH ROW EXECUTE FUNCTION vendors_keep_voucher();
"""
BACK = """
DROP TRIGGER vendors_voucherentry_kept ON vendors_voucherentry;
DROP TRIGGER vendors_voucher_kept ON vendors_voucher;
DROP FUNCTION vendors_keep_voucher;
DROP TRIGGER voucher_entries_add_up ON vendors_voucherentry;
DROP TRIGGER voucher_adds_up ON vendors_voucher;
DROP FUNCTION vendors_voucher_adds_up;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vendors', '0012_hashes_with_lines'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Voucher',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('month', models.DateField(help_text='当月第一天', verbose_name='月份')),
                ('number', models.CharField(max_length=16, verbose_name='凭证号')),
                ('debit', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='借方合计(元)')),
                ('credit', models.DecimalField(decimal_places=2, max_digits=16, verbose_name='贷方合计(元)')),
                ('digest', models.CharField(max_length=64, verbose_name='内容指纹')),
                ('posted_at', models.DateTimeField(verbose_name='过账时间')),
                ('posted_by', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': '委外费用凭证',
                'verbose_name_plural': '委外费用凭证',
            },
        ),
        migrations.CreateModel(
            name='VoucherEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.PositiveIntegerField(verbose_name='行号')),
                ('section', models.CharField(max_length=9, verbose_name='凭证类别')),
                ('account', models.CharField(max_length=12, verbose_name='科目名称')),
                ('code', models.CharField(max_length=10, verbose_name='科目编码')),
                ('agency_name', models.CharField(max_length=64)),
                ('period', models.DateField(verbose_name='所属月份')),
                ('booked_on', models.DateField(verbose_name='记账日期')),
                ('debit', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='借方(元)')),
                ('credit', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='贷方(元)')),
                ('tax', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='对应税额(元)')),
                ('accrual', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='vendors.accrual')),
                ('agency', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='vendors.agency', verbose_name='机构')),
                ('settlement', models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='vendors.settlement')),
                ('voucher', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='entries', to='vendors.voucher')),
            ],
            options={
                'verbose_name': '凭证分录',
                'verbose_name_plural': '凭证分录',
            },
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.UniqueConstraint(fields=('month',), name='voucher_once_a_month'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.UniqueConstraint(fields=('number',), name='voucher_number_once'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('month__day', 1)), name='voucher_first_of_month'),
        ),
        migrations.AddConstraint(
            model_name='voucher',
            constraint=models.CheckConstraint(condition=models.Q(('debit', models.F('credit')), ('debit__gt', 0)), name='voucher_balances'),
        ),
        migrations.AddConstraint(
            model_name='voucherentry',
            constraint=models.UniqueConstraint(fields=('voucher', 'number'), name='voucher_entry_number_once'),
        ),
        migrations.AddConstraint(
            model_name='voucherentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credit', 0), ('debit__gt', 0)), models.Q(('credit__gt', 0), ('debit', 0)), _connector='OR'), name='voucher_entry_one_side'),
        ),
        migrations.AddConstraint(
            model_name='voucherentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('accrual__isnull', False), ('section__in', ['accrual', 'reversal']), ('settlement__isnull', True)), models.Q(('accrual__isnull', True), ('section__in', ['statement', 'payment']), ('settlement__isnull', False)), _connector='OR'), name='voucher_entry_of_one_document'),
        ),
        migrations.AddConstraint(
            model_name='voucherentry',
            constraint=models.UniqueConstraint(condition=models.Q(('accrual__isnull', False)), fields=('accrual', 'section', 'account'), name='voucher_accrual_posted_once'),
        ),
        migrations.AddConstraint(
            model_name='voucherentry',
            constraint=models.UniqueConstraint(condition=models.Q(('settlement__isnull', False)), fields=('settlement', 'section', 'account'), name='voucher_statement_posted_once'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
