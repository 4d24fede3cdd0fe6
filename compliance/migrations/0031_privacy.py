"""What a retention run may take out is what is on its list, and nobody empties the tables of evidence.

Until here an approved run let go any record that was old enough; now only those that two people saw listed. TRUNCATE fires
no trigger of rows, so each table of evidence gets one of statements. Beside it: the matter of the register that a confirmed
alert led to, what was done because of a request about personal data, and one incident a breach.
"""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

HEAD = """
CREATE OR REPLACE FUNCTION compliance_keep_records() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    named text := current_setting('compliance.retention_run', true);
    attempt bigint;
    moment timestamptz;
    whose bigint;
    listed_kind text := 'contact';
    listed_id bigint;
    of_contact bigint;
    of_complaint bigint;
BEGIN
    IF TG_OP = 'DELETE' AND named ~ '^[0-9]+$' THEN
        IF TG_TABLE_NAME = 'compliance_contactattempt' THEN
            moment := greatest(OLD.opened_at, OLD.closed_at);
            whose := OLD.debtor_id;
            listed_id := OLD.id;
        ELSIF TG_TABLE_NAME = 'compliance_gatedecision' THEN
            moment := OLD.decided_at;
            whose := OLD.debtor_id;
            listed_kind := 'decision';
            listed_id := OLD.id;
        ELSIF TG_TABLE_NAME = 'compliance_queuedmessage' THEN
            moment := greatest(OLD.queued_at, OLD.sent_at);
            SELECT l.debtor_id INTO whose FROM cases_case c JOIN cases_loan l ON l.id = c.loan_id WHERE c.id = OLD.case_id;
            listed_kind := 'message';
            listed_id := OLD.id;
        {more}
        ELSE
            IF TG_TABLE_NAME = 'compliance_breach' THEN
                moment := OLD.changed_at;
            END IF;
            attempt := OLD.attempt_id;
            listed_id := OLD.attempt_id;
            SELECT greatest(moment, a.opened_at, a.closed_at), a.debtor_id INTO moment, whose
            FROM compliance_contactattempt a WHERE a.id = attempt;
        END IF;
        {of_what}
        IF (moment AT TIME ZONE '{zone}')::date + interval '5 years'
                < (now() AT TIME ZONE '{zone}')::date
            AND EXISTS (SELECT 1 FROM compliance_retentionrun r WHERE r.id = named::bigint AND r.state = 'approved')
"""
MORE = """
        ELSIF TG_TABLE_NAME IN ('compliance_breachcase', 'compliance_breachstep') THEN
            IF TG_TABLE_NAME = 'compliance_breachcase' THEN
                moment := greatest(OLD.recorded_at, OLD.closed_at);
                of_contact := OLD.attempt_id;
                of_complaint := OLD.complaint_id;
            ELSE
                SELECT greatest(OLD.at, b.recorded_at, b.closed_at), b.attempt_id, b.complaint_id
                INTO moment, of_contact, of_complaint FROM compliance_breachcase b WHERE b.id = OLD.breach_case_id;
            END IF;
        ELSIF TG_TABLE_NAME = 'compliance_qualitycheck' THEN
            moment := greatest(OLD.done_at, OLD.settled_at);
            of_contact := OLD.attempt_id;
        ELSIF TG_TABLE_NAME = 'compliance_qualityopinion' THEN
            moment := OLD.submitted_at;
            SELECT q.attempt_id INTO of_contact FROM compliance_qualitycheck q WHERE q.id = OLD.check_of_id;
        ELSIF TG_TABLE_NAME = 'compliance_replyletter' THEN
            moment := OLD.written_at;
            of_complaint := OLD.complaint_id;
"""
OF_WHAT = """
        IF of_contact IS NOT NULL THEN
            listed_id := of_contact;
            SELECT a.debtor_id INTO whose FROM compliance_contactattempt a WHERE a.id = of_contact;
        ELSIF of_complaint IS NOT NULL THEN
            listed_kind := 'complaint';
            listed_id := of_complaint;
            SELECT p.debtor_id INTO whose FROM compliance_complaint p WHERE p.id = of_complaint;
        END IF;
"""
LISTED = """
            AND EXISTS (
                SELECT 1 FROM compliance_retentionitem i WHERE i.run_id = named::bigint AND i.kind = listed_kind
                    AND i.object_id = listed_id AND i.removed_at IS NULL AND i.spared = ''
            )
"""
TAIL = """
            AND NOT EXISTS (
                SELECT 1 FROM compliance_legalhold h WHERE h.debtor_id = whose AND h.lifted_at IS NULL
            ) THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION '% is kept', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
"""
def function(*, listed: bool) -> str:
    text = HEAD.replace("{more}", MORE if listed else "").replace("{of_what}", OF_WHAT if listed else "")
    return (text + (LISTED if listed else "") + TAIL).replace("{zone}", settings.TIME_ZONE)


# What goes with a contact or a complaint; until here none of it could, and so neither could they. (events, condition, before)
WITH_A_RECORD = {
    "compliance_breachcase": ("DELETE", "", "core_refuse_change"),
    "compliance_breachstep": ("UPDATE OR DELETE", "", "core_refuse_change"),
    "compliance_qualitycheck": ("DELETE", "WHEN (OLD.state <> 'drawn')", "core_refuse_change"),
    "compliance_qualityopinion": ("UPDATE OR DELETE", "WHEN (OLD.submitted_at IS NOT NULL)", "core_refuse_change"),
}
KEPT = """
DROP TRIGGER {table}_kept ON {table};
CREATE TRIGGER {table}_kept BEFORE {events} ON {table} FOR EACH ROW {when} EXECUTE FUNCTION {function}();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_kept;
"""
# A letter may be rewritten until it is sent, and go only with its complaint.
LETTER_KEPT = """
DROP TRIGGER compliance_replyletter_kept ON compliance_replyletter;
CREATE TRIGGER compliance_replyletter_kept BEFORE UPDATE ON compliance_replyletter
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_letter();
ALTER TABLE compliance_replyletter ENABLE ALWAYS TRIGGER compliance_replyletter_kept;
CREATE TRIGGER compliance_replyletter_stays BEFORE DELETE ON compliance_replyletter
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_records();
ALTER TABLE compliance_replyletter ENABLE ALWAYS TRIGGER compliance_replyletter_stays;
"""
LETTER_BEFORE = """
DROP TRIGGER compliance_replyletter_stays ON compliance_replyletter;
DROP TRIGGER compliance_replyletter_kept ON compliance_replyletter;
CREATE TRIGGER compliance_replyletter_kept BEFORE UPDATE OR DELETE ON compliance_replyletter
    FOR EACH ROW EXECUTE FUNCTION compliance_keep_letter();
ALTER TABLE compliance_replyletter ENABLE ALWAYS TRIGGER compliance_replyletter_kept;
"""


def kept(*, by_run: bool) -> str:
    return "".join(
        KEPT.format(table=table, events=events, when=when, function="compliance_keep_records" if by_run else before)
        for table, (events, when, before) in WITH_A_RECORD.items()
    )



EVIDENCE = (
    "compliance_gatedecision", "compliance_contactattempt", "compliance_breach", "compliance_contactdetail",
    "compliance_queuedmessage", "compliance_complaint", "compliance_complaintstep", "compliance_breachcase",
    "compliance_breachstep", "compliance_incident", "compliance_incidentstep", "compliance_incidentsending",
    "compliance_incidentreport", "compliance_disclosurealert", "compliance_retentionrun", "compliance_retentionitem",
    "compliance_legalhold", "compliance_datarequest", "compliance_replyletter", "compliance_qualitycheck",
    "compliance_qualityopinion",
)  # fmt: skip
NOT_EMPTIED = """
CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table}
    FOR EACH STATEMENT EXECUTE FUNCTION core_refuse_change();
ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_not_emptied;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0020_complaint_ledgers"),
        ("compliance", "0030_wording_hits"),
        ("core", "0002_append_only_audit"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="datarequest",
            name="carried_out_at",
            field=models.DateTimeField(blank=True, null=True, verbose_name="执行时间"),
        ),
        migrations.AddField(
            model_name="datarequest",
            name="carried_out_by",
            field=models.ForeignKey(
                blank=True,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="datarequest",
            name="effects",
            field=models.JSONField(default=list),
        ),
        migrations.AddField(
            model_name="disclosurealert",
            name="breach_case",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="alerts",
                to="compliance.breachcase",
                verbose_name="违规登记",
            ),
        ),
        migrations.AlterField(
            model_name="breachcase",
            name="source",
            field=models.CharField(
                choices=[
                    ("log", "催记判定"),
                    ("quality", "质检"),
                    ("complaint", "投诉"),
                    ("agency", "机构报告"),
                    ("watch", "查询监测"),
                    ("hand", "人工登记"),
                ],
                max_length=9,
                verbose_name="来源",
            ),
        ),
        migrations.AddConstraint(
            model_name="datarequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "deletion"), _negated=True),
                    ("carried_out_by__isnull", True),
                    models.Q(("carried_out_by", models.F("decided_by")), _negated=True),
                    _connector="OR",
                ),
                name="data_request_erased_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="incident",
            constraint=models.UniqueConstraint(
                condition=models.Q(("breach_case__isnull", False)), fields=("breach_case",), name="incident_breach_once"
            ),
        ),
        migrations.RunSQL(function(listed=True), function(listed=False)),
        migrations.RunSQL(kept(by_run=True) + LETTER_KEPT, LETTER_BEFORE + kept(by_run=False)),
        migrations.RunSQL(
            "".join(NOT_EMPTIED.format(table=table) for table in EVIDENCE),
            "".join(f"DROP TRIGGER {table}_not_emptied ON {table};" for table in EVIDENCE),
        ),
    ]
