"""Plans add up to the cent when the transaction ends, and what was agreed stays as it was agreed."""

from django.db import migrations

FUNCTIONS = """
CREATE FUNCTION cases_plan_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    checked bigint;
    wanted record;
    parts record;
BEGIN
    IF TG_TABLE_NAME = 'cases_repaymentplan' THEN
        checked := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN
        checked := OLD.plan_id;
    ELSE
        checked := NEW.plan_id;
    END IF;
    SELECT total, starts_on INTO wanted FROM cases_repaymentplan WHERE id = checked;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    SELECT coalesce(sum(amount), 0) AS added, count(*) AS many, max(number) AS last_number, max(due_on) AS last_day,
           min(due_on) AS first_day, bool_or(due_on <= before) AS goes_back
    INTO parts
    FROM (SELECT number, amount, due_on, lag(due_on) OVER (ORDER BY number) AS before
          FROM cases_planinstalment WHERE plan_id = checked) i;
    IF parts.added <> wanted.total THEN
        RAISE EXCEPTION 'plan %: instalments come to %, not %', checked, parts.added, wanted.total
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_adds_up';
    END IF;
    IF parts.many <> parts.last_number OR coalesce(parts.goes_back, false) THEN
        RAISE EXCEPTION 'plan %: numbers or days out of order', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_in_order';
    END IF;
    IF parts.first_day < wanted.starts_on OR parts.last_day > wanted.starts_on + interval '60 months' THEN
        RAISE EXCEPTION 'plan %: due before it was proposed, or after 60 months', checked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_at_most_60_months';
    END IF;
    RETURN NULL;
END $$;

CREATE CONSTRAINT TRIGGER plan_adds_up AFTER INSERT OR UPDATE OF total, starts_on ON cases_repaymentplan
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cases_plan_adds_up();
CREATE CONSTRAINT TRIGGER plan_instalments_add_up AFTER INSERT OR DELETE ON cases_planinstalment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION cases_plan_adds_up();

CREATE FUNCTION cases_plan_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% %: what was agreed is not changed', TG_TABLE_NAME, OLD.id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'plan_stays';
END $$;

CREATE TRIGGER plan_stays BEFORE UPDATE ON cases_repaymentplan FOR EACH ROW
    WHEN (OLD.case_id <> NEW.case_id OR OLD.version <> NEW.version OR OLD.kind <> NEW.kind OR OLD.total <> NEW.total
          OR OLD.starts_on <> NEW.starts_on
          OR OLD.state <> 'submitted'
             AND (OLD.balance_as_of, OLD.principal, OLD.interest, OLD.penalty, OLD.fees, OLD.grace_days, OLD.accrues,
                  OLD.proof_kind, OLD.proof_ref, OLD.guarantor_consent, OLD.terms, OLD.proposed_by_id, OLD.decided_by_id)
                 IS DISTINCT FROM
                 (NEW.balance_as_of, NEW.principal, NEW.interest, NEW.penalty, NEW.fees, NEW.grace_days, NEW.accrues,
                  NEW.proof_kind, NEW.proof_ref, NEW.guarantor_consent, NEW.terms, NEW.proposed_by_id, NEW.decided_by_id))
    EXECUTE FUNCTION cases_plan_stays();
CREATE TRIGGER plan_instalment_stays BEFORE UPDATE ON cases_planinstalment FOR EACH ROW
    WHEN (OLD.plan_id <> NEW.plan_id OR OLD.number <> NEW.number OR OLD.due_on <> NEW.due_on OR OLD.amount <> NEW.amount)
    EXECUTE FUNCTION cases_plan_stays();
"""

DROP = """
DROP FUNCTION cases_plan_adds_up() CASCADE;
DROP FUNCTION cases_plan_stays() CASCADE;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('cases', '0013_repayment_plans'),
    ]

    operations = [
        migrations.RunSQL(FUNCTIONS, DROP),
    ]
