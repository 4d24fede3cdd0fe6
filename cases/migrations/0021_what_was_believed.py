"""Facts that are taken back stay known as what was believed, and until when; and when we learned that a case had ended."""

from django.db import migrations, models

TRIGGERS = """
CREATE FUNCTION cases_believed_until() RETURNS timestamptz LANGUAGE sql STABLE AS $$
    -- The moment that the service gave (cases/known.py), or that of the transaction.
    SELECT coalesce(nullif(current_setting('cases.believed_until', true), '')::timestamptz, now())
$$;

CREATE FUNCTION cases_remember_positions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cases_pastposition (known_from, known_until, "case", loan, source, as_of, run, product, region, opened_on,
                                    days_past_due, stage, principal, interest, penalty, fees, total)
    SELECT g.recorded_at, greatest(g.recorded_at, cases_believed_until()), g.case_id, c.loan_id, l.source_id, g.as_of, g.run_id,
           l.product, l.region, c.opened_on, g.days_past_due, g.stage, g.principal, g.interest, g.penalty, g.fees, g.total
    FROM gone g JOIN cases_case c ON c.id = g.case_id JOIN cases_loan l ON l.id = c.loan_id;
    RETURN NULL;
END $$;
CREATE TRIGGER cases_position_remembered AFTER DELETE ON cases_position
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION cases_remember_positions();

CREATE FUNCTION cases_remember_repayments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Before it was matched, money was believed to be nobody's.
    INSERT INTO cases_pastrepayment (known_from, known_until, repayment, loan, source, paid_on, amount, status, reference,
                                      channel, reversal_of)
    SELECT g.recorded_at, greatest(g.recorded_at, g.matched_at), g.id, NULL, g.source_id, g.paid_on, g.amount, g.status,
           g.reference, g.channel, g.reversal_of_id
    FROM gone g WHERE g.matched_at IS NOT NULL
    UNION ALL
    SELECT coalesce(g.matched_at, g.recorded_at),
           greatest(coalesce(g.matched_at, g.recorded_at), cases_believed_until()), g.id, g.loan_id, g.source_id, g.paid_on,
           g.amount, g.status, g.reference, g.channel, g.reversal_of_id
    FROM gone g;
    RETURN NULL;
END $$;
CREATE TRIGGER cases_repayment_remembered AFTER DELETE ON cases_repayment
    REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION cases_remember_repayments();

CREATE FUNCTION cases_remember_match() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cases_pastrepayment (known_from, known_until, repayment, loan, source, paid_on, amount, status, reference,
                                      channel, reversal_of)
    VALUES (coalesce(OLD.matched_at, OLD.recorded_at),
            greatest(coalesce(OLD.matched_at, OLD.recorded_at), cases_believed_until()), OLD.id, OLD.loan_id, OLD.source_id,
            OLD.paid_on, OLD.amount, OLD.status, OLD.reference, OLD.channel,
            OLD.reversal_of_id);
    RETURN NULL;
END $$;
-- What becomes known of money that waits is on its row (matched_at); what is no longer believed needs one here.
CREATE TRIGGER cases_repayment_match_remembered AFTER UPDATE OF loan_id ON cases_repayment
    FOR EACH ROW WHEN (OLD.loan_id IS NOT NULL AND OLD.loan_id IS DISTINCT FROM NEW.loan_id)
    EXECUTE FUNCTION cases_remember_match();

CREATE FUNCTION cases_remember_loan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO cases_pastloan (loan, product, region, known_until)
    VALUES (OLD.id, OLD.product, OLD.region, cases_believed_until());
    RETURN NULL;
END $$;
CREATE TRIGGER cases_loan_remembered AFTER UPDATE OF product, region ON cases_loan
    FOR EACH ROW WHEN (NEW.product <> OLD.product OR NEW.region <> OLD.region) EXECUTE FUNCTION cases_remember_loan();

CREATE FUNCTION cases_keep_closed_at() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.closed_on IS NULL THEN
        NEW.closed_at := NULL;
    ELSIF NEW.closed_at IS NULL THEN
        NEW.closed_at := now();
    END IF;
    IF TG_OP = 'UPDATE' AND OLD.closed_on IS NOT NULL AND NEW.closed_on IS DISTINCT FROM OLD.closed_on THEN
        INSERT INTO cases_pastending (known_from, known_until, "case", loan, closed_on, close_reason)
        VALUES (OLD.closed_at, greatest(OLD.closed_at, cases_believed_until()), OLD.id, OLD.loan_id, OLD.closed_on,
                OLD.close_reason);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cases_case_closed_at_insert BEFORE INSERT ON cases_case
    FOR EACH ROW WHEN (NEW.closed_on IS NOT NULL) EXECUTE FUNCTION cases_keep_closed_at();
CREATE TRIGGER cases_case_closed_at_update BEFORE UPDATE OF closed_on ON cases_case
    FOR EACH ROW WHEN (NEW.closed_on IS DISTINCT FROM OLD.closed_on OR NEW.closed_at IS DISTINCT FROM OLD.closed_at)
    EXECUTE FUNCTION cases_keep_closed_at();
"""

REVERSE = """
DROP TRIGGER cases_case_closed_at_update ON cases_case;
DROP TRIGGER cases_case_closed_at_insert ON cases_case;
DROP TRIGGER cases_repayment_match_remembered ON cases_repayment;
DROP TRIGGER cases_repayment_remembered ON cases_repayment;
DROP TRIGGER cases_position_remembered ON cases_position;
DROP TRIGGER cases_loan_remembered ON cases_loan;
DROP FUNCTION cases_remember_loan();
DROP FUNCTION cases_keep_closed_at();
DROP FUNCTION cases_remember_match();
DROP FUNCTION cases_remember_repayments();
DROP FUNCTION cases_remember_positions();
DROP FUNCTION cases_believed_until();
"""

# Its custody ended in the moment in which the end was written down.
FILL = """
UPDATE cases_case c SET closed_at = coalesce(
    (SELECT max(u.ended_at) FROM cases_custody u WHERE u.case_id = c.id), c.closed_on::timestamptz)
WHERE c.closed_on IS NOT NULL
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0020_complaint_ledgers'),
    ]

    operations = [
        migrations.CreateModel(
            name='PastEnding',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('known_from', models.DateTimeField(verbose_name='知晓时间')),
                ('known_until', models.DateTimeField(verbose_name='撤回时间')),
                ('case', models.BigIntegerField()),
                ('loan', models.BigIntegerField()),
                ('closed_on', models.DateField(verbose_name='结案日期')),
                ('close_reason', models.CharField(max_length=16, verbose_name='结案原因')),
            ],
            options={
                'verbose_name': '已撤回的结案',
                'verbose_name_plural': '已撤回的结案',
            },
        ),
        migrations.CreateModel(
            name='PastLoan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('loan', models.BigIntegerField()),
                ('product', models.CharField(blank=True, max_length=64, verbose_name='产品')),
                ('region', models.CharField(blank=True, max_length=64, verbose_name='地区')),
                ('known_until', models.DateTimeField(verbose_name='改动时间')),
            ],
            options={
                'verbose_name': '合同的旧称',
                'verbose_name_plural': '合同的旧称',
                'indexes': [models.Index(fields=['loan', 'known_until'], name='past_loan_idx')],
            },
        ),
        migrations.CreateModel(
            name='PastPosition',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('known_from', models.DateTimeField(verbose_name='知晓时间')),
                ('known_until', models.DateTimeField(verbose_name='撤回时间')),
                ('case', models.BigIntegerField()),
                ('loan', models.BigIntegerField()),
                ('source', models.BigIntegerField()),
                ('as_of', models.DateField(verbose_name='数据日期')),
                ('run', models.BigIntegerField()),
                ('product', models.CharField(blank=True, max_length=64, verbose_name='产品')),
                ('region', models.CharField(blank=True, max_length=64, verbose_name='地区')),
                ('opened_on', models.DateField(verbose_name='入催日期')),
                ('days_past_due', models.IntegerField(verbose_name='逾期天数')),
                ('stage', models.SmallIntegerField(verbose_name='逾期阶段')),
                ('principal', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='本金')),
                ('interest', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='利息')),
                ('penalty', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='违约金')),
                ('fees', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='费用')),
                ('total', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='逾期总额')),
            ],
            options={
                'verbose_name': '已撤回的头寸',
                'verbose_name_plural': '已撤回的头寸',
            },
        ),
        migrations.CreateModel(
            name='PastRepayment',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('known_from', models.DateTimeField(verbose_name='知晓时间')),
                ('known_until', models.DateTimeField(verbose_name='撤回时间')),
                ('repayment', models.BigIntegerField()),
                ('loan', models.BigIntegerField(blank=True, null=True)),
                ('source', models.BigIntegerField()),
                ('paid_on', models.DateField(verbose_name='还款日期')),
                ('amount', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='还款金额')),
                ('status', models.CharField(max_length=12, verbose_name='状态')),
                ('reference', models.CharField(blank=True, max_length=64, verbose_name='流水号')),
                ('channel', models.CharField(blank=True, max_length=32, verbose_name='还款方式')),
                ('reversal_of', models.BigIntegerField(blank=True, null=True)),
            ],
            options={
                'verbose_name': '已撤回的还款',
                'verbose_name_plural': '已撤回的还款',
            },
        ),
        migrations.AddField(
            model_name='case',
            name='closed_at',
            field=models.DateTimeField(blank=True, null=True, verbose_name='结案登记时间'),
        ),
        migrations.AddIndex(
            model_name='pastending',
            index=models.Index(fields=['case'], name='past_ending_case_idx'),
        ),
        migrations.AddConstraint(
            model_name='pastending',
            constraint=models.CheckConstraint(condition=models.Q(('known_until__gte', models.F('known_from'))), name='past_ending_in_order'),
        ),
        migrations.AddIndex(
            model_name='pastposition',
            index=models.Index(fields=['as_of'], name='past_position_day_idx'),
        ),
        migrations.AddConstraint(
            model_name='pastposition',
            constraint=models.CheckConstraint(condition=models.Q(('known_until__gte', models.F('known_from'))), name='past_position_in_order'),
        ),
        migrations.AddIndex(
            model_name='pastrepayment',
            index=models.Index(fields=['paid_on'], name='past_repayment_day_idx'),
        ),
        migrations.AddIndex(
            model_name='pastrepayment',
            index=models.Index(fields=['repayment'], name='past_repayment_idx'),
        ),
        migrations.AddIndex(
            model_name='pastrepayment',
            index=models.Index(fields=['loan'], name='past_repayment_loan_idx'),
        ),
        migrations.AddConstraint(
            model_name='pastrepayment',
            constraint=models.CheckConstraint(condition=models.Q(('known_until__gte', models.F('known_from'))), name='past_repayment_in_order'),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RunSQL(TRIGGERS, REVERSE),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_on__isnull', True)), models.Q(('closed_at__isnull', False), ('closed_on__isnull', False)), _connector='OR'), name='case_closed_with_moment'),
        ),
    ]
