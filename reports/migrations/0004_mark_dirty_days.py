"""Whatever changes a fact marks its day, in the same transaction, whoever writes: reports/facts makes marked days anew.

Set-based where many rows are written at once; the few columns that change one by one have row triggers with a condition.
"""

from django.conf import settings
from django.db import migrations

LOCAL = f"AT TIME ZONE '{settings.TIME_ZONE}'"

TRIGGERS = f"""
CREATE FUNCTION reports_mark_books() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, source, day)
    SELECT 'book', r.source_id, d.as_of
    FROM (SELECT DISTINCT run_id, as_of FROM changed) d JOIN cases_importrun r ON r.id = d.run_id;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_position_in AFTER INSERT ON cases_position
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_books();
CREATE TRIGGER reports_position_out AFTER DELETE ON cases_position
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_books();

-- Which of a day's files counts follows the states of the runs.
CREATE FUNCTION reports_mark_run() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, source, day) VALUES ('book', NEW.source_id, NEW.as_of);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_run_state AFTER UPDATE OF state, undone_rows ON cases_importrun
    FOR EACH ROW WHEN (NEW.kind = 'overdue' AND (NEW.state = 'applied' OR OLD.state = 'applied')
                       AND (NEW.state <> OLD.state OR NEW.undone_rows <> OLD.undone_rows))
    EXECUTE FUNCTION reports_mark_run();

CREATE FUNCTION reports_mark_money() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, source, day)
    SELECT 'money', source_id, paid_on FROM changed
    -- What confirms a claim takes the claim's day its money.
    UNION SELECT 'money', k.source_id, k.paid_on FROM changed c
    JOIN cases_repayment k ON k.source_id = c.source_id AND k.reference = c.reference AND k.status = 'claimed'
    WHERE c.status = 'confirmed' AND c.reference <> '';
    RETURN NULL;
END $$;
CREATE TRIGGER reports_repayment_in AFTER INSERT ON cases_repayment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_money();
CREATE TRIGGER reports_repayment_out AFTER DELETE ON cases_repayment
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_money();
-- Only what finds or loses its contract is changed; its day never is.
CREATE TRIGGER reports_repayment_matched AFTER UPDATE ON cases_repayment
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_money();

CREATE FUNCTION reports_mark_end() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, source, day)
    SELECT 'ends', l.source_id, d.day
    FROM cases_loan l, (SELECT NEW.closed_on AS day UNION SELECT OLD.closed_on) d
    WHERE l.id = NEW.loan_id AND d.day IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_case_ended AFTER UPDATE OF closed_on, close_reason ON cases_case
    FOR EACH ROW WHEN (NEW.closed_on IS DISTINCT FROM OLD.closed_on OR NEW.close_reason <> OLD.close_reason)
    EXECUTE FUNCTION reports_mark_end();

CREATE FUNCTION reports_mark_loan() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, source, loan) VALUES ('loan', NEW.source_id, NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER reports_loan_renamed AFTER UPDATE OF product, region ON cases_loan
    FOR EACH ROW WHEN (NEW.product <> OLD.product OR NEW.region <> OLD.region) EXECUTE FUNCTION reports_mark_loan();

-- Without the source: of a hundred thousand cases opened at once it would have to be looked up.
CREATE FUNCTION reports_mark_custody() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, day)
    SELECT 'custody', (started_at {LOCAL})::date FROM changed
    UNION SELECT 'custody', (ended_at {LOCAL})::date FROM changed WHERE ended_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_custody_in AFTER INSERT ON cases_custody
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_custody();
CREATE TRIGGER reports_custody_out AFTER DELETE ON cases_custody
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_custody();
CREATE FUNCTION reports_mark_custody_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, day)
    SELECT 'custody', (started_at {LOCAL})::date FROM now_so
    UNION SELECT 'custody', (ended_at {LOCAL})::date FROM now_so WHERE ended_at IS NOT NULL
    UNION SELECT 'custody', (ended_at {LOCAL})::date FROM was_so WHERE ended_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_custody_moved AFTER UPDATE ON cases_custody
    REFERENCING OLD TABLE AS was_so NEW TABLE AS now_so FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_custody_moved();

CREATE FUNCTION reports_mark_contacts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, day)
    SELECT 'contact', (opened_at {LOCAL})::date FROM changed
    UNION SELECT 'contact', (started_at {LOCAL})::date FROM changed WHERE started_at IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_contact_in AFTER INSERT ON compliance_contactattempt
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_contacts();
CREATE TRIGGER reports_contact_changed AFTER UPDATE ON compliance_contactattempt
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_contacts();
CREATE TRIGGER reports_contact_was AFTER UPDATE ON compliance_contactattempt
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_contacts();
CREATE TRIGGER reports_contact_out AFTER DELETE ON compliance_contactattempt
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_contacts();

CREATE FUNCTION reports_mark_decisions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reports_dirtyday (what, day) SELECT DISTINCT 'contact', (decided_at {LOCAL})::date FROM changed;
    RETURN NULL;
END $$;
CREATE TRIGGER reports_decision_in AFTER INSERT ON compliance_gatedecision
    REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_decisions();
CREATE TRIGGER reports_decision_out AFTER DELETE ON compliance_gatedecision
    REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION reports_mark_decisions();
"""

# What is there already has no facts yet.
FILL = f"""
INSERT INTO reports_dirtyday (what, source, day)
SELECT DISTINCT 'book', source_id, as_of FROM cases_importrun WHERE kind = 'overdue' AND state = 'applied';
INSERT INTO reports_dirtyday (what, source, day) SELECT DISTINCT 'money', source_id, paid_on FROM cases_repayment;
INSERT INTO reports_dirtyday (what, day)
SELECT DISTINCT 'contact', (opened_at {LOCAL})::date FROM compliance_contactattempt
UNION SELECT DISTINCT 'contact', (decided_at {LOCAL})::date FROM compliance_gatedecision;
"""

REVERSE = """
DROP TRIGGER reports_decision_out ON compliance_gatedecision;
DROP TRIGGER reports_decision_in ON compliance_gatedecision;
DROP TRIGGER reports_contact_out ON compliance_contactattempt;
DROP TRIGGER reports_contact_was ON compliance_contactattempt;
DROP TRIGGER reports_contact_changed ON compliance_contactattempt;
DROP TRIGGER reports_contact_in ON compliance_contactattempt;
DROP FUNCTION reports_mark_decisions();
DROP FUNCTION reports_mark_contacts();
DROP TRIGGER reports_custody_moved ON cases_custody;
DROP TRIGGER reports_custody_out ON cases_custody;
DROP TRIGGER reports_custody_in ON cases_custody;
DROP TRIGGER reports_loan_renamed ON cases_loan;
DROP TRIGGER reports_case_ended ON cases_case;
DROP TRIGGER reports_repayment_matched ON cases_repayment;
DROP TRIGGER reports_repayment_out ON cases_repayment;
DROP TRIGGER reports_repayment_in ON cases_repayment;
DROP TRIGGER reports_run_state ON cases_importrun;
DROP TRIGGER reports_position_out ON cases_position;
DROP TRIGGER reports_position_in ON cases_position;
DROP FUNCTION reports_mark_custody_moved();
DROP FUNCTION reports_mark_custody();
DROP FUNCTION reports_mark_loan();
DROP FUNCTION reports_mark_end();
DROP FUNCTION reports_mark_money();
DROP FUNCTION reports_mark_run();
DROP FUNCTION reports_mark_books();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('reports', '0003_daily_facts'),
        ('cases', '0021_what_was_believed'),
        ('compliance', '0032_breaches_of_wording'),
    ]

    operations = [
        migrations.RunSQL(TRIGGERS, REVERSE),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
