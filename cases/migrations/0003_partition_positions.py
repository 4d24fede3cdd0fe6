"""Positions partitioned by month, room for heap-only updates of cases.

Django cannot describe partitions: it is told of the model, the database gets the table by SQL.
`cases_ensure_position_partition(day)` makes the month's partition when it is missing; imports call it before writing.
"""

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.comparison
import django.db.models.functions.datetime
from django.db import migrations, models

STAGE = "(CASE WHEN days_past_due <= 0 THEN 0 ELSE LEAST((days_past_due - 1) / 30 + 1, 7) END)"

CREATE = f"""
CREATE TABLE cases_position (
    case_id bigint NOT NULL REFERENCES cases_case (id) DEFERRABLE INITIALLY DEFERRED,
    as_of date NOT NULL,
    run_id bigint NOT NULL REFERENCES cases_importrun (id) DEFERRABLE INITIALLY DEFERRED,
    "row" bigint NOT NULL,
    recorded_at timestamptz NOT NULL DEFAULT statement_timestamp(),
    days_past_due integer NOT NULL,
    stage smallint GENERATED ALWAYS AS ({STAGE}) STORED,
    due_date date,
    principal numeric(14, 2) NOT NULL,
    interest numeric(14, 2) NOT NULL,
    penalty numeric(14, 2) NOT NULL,
    fees numeric(14, 2) NOT NULL,
    total numeric(14, 2) NOT NULL,
    PRIMARY KEY (case_id, as_of, run_id)
) PARTITION BY RANGE (as_of);

CREATE INDEX cases_position_run_idx ON cases_position (run_id);
CREATE INDEX cases_position_as_of_brin ON cases_position USING brin (as_of);

CREATE FUNCTION cases_ensure_position_partition(day date) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    first date := date_trunc('month', day)::date;
    name text := 'cases_position_' || to_char(first, 'YYYYMM');
BEGIN
    IF to_regclass(name) IS NULL THEN
        -- Two imports of the same month at once: the second waits here and finds the partition made.
        PERFORM pg_advisory_xact_lock(hashtext('cases_position'));
        IF to_regclass(name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF cases_position FOR VALUES FROM (%L) TO (%L)',
                name, first, (first + interval '1 month')::date
            );
        END IF;
    END IF;
END $$;

ALTER TABLE cases_case SET (fillfactor = 70);
"""

REVERSE = """
DROP TABLE cases_position;
DROP FUNCTION cases_ensure_position_partition(date);
ALTER TABLE cases_case RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0002_initial")]

    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[migrations.RunSQL(CREATE, REVERSE)],
            state_operations=[
                migrations.CreateModel(
                    name='Position',
                    fields=[
                        ('pk', models.CompositePrimaryKey('case_id', 'as_of', 'run_id', blank=True, editable=False, primary_key=True, serialize=False)),
                        ('case', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='positions', to='cases.case')),
                        ('run', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.DO_NOTHING, related_name='positions', to='cases.importrun')),
                        ('as_of', models.DateField(verbose_name='数据日期')),
                        ('row', models.BigIntegerField(help_text='导入行编号')),
                        ('recorded_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name='入账时间')),
                        ('days_past_due', models.IntegerField(verbose_name='逾期天数')),
                        ('stage', models.GeneratedField(db_persist=True, expression=models.Case(models.When(days_past_due__lte=0, then=models.Value(0)), default=django.db.models.functions.comparison.Least(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('days_past_due'), '-', models.Value(1)), '/', models.Value(30)), '+', models.Value(1)), models.Value(7)), output_field=models.SmallIntegerField()), output_field=models.SmallIntegerField(), verbose_name='逾期阶段')),
                        ('due_date', models.DateField(blank=True, null=True, verbose_name='应还日期')),
                        ('principal', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='本金')),
                        ('interest', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='利息')),
                        ('penalty', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='违约金')),
                        ('fees', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='费用')),
                        ('total', models.DecimalField(decimal_places=2, max_digits=14, verbose_name='逾期总额')),
                    ],
                    options={
                        'verbose_name': '逐日头寸',
                        'verbose_name_plural': '逐日头寸',
                    },
                ),
            ],
        )
    ]
