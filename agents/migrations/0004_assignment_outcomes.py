"""What became of a move; and a move goes with its case.

An import that is undone deletes cases by sets, past the ORM. What was moved since stays anyway (its custody is newer); what a
preview only names goes, and the preview's row with it: a statement's trigger instead of a foreign key, which would look up
every case of a preview of a hundred thousand.
"""

from django.db import migrations, models

FORWARD = """
CREATE FUNCTION agents_forget_moves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM agents_assignmentmove m USING old_rows o WHERE m.case_id = o.id;
    RETURN NULL;
END $$;
CREATE TRIGGER cases_case_takes_moves AFTER DELETE ON cases_case
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION agents_forget_moves();
"""
BACK = "DROP FUNCTION agents_forget_moves() CASCADE;"


class Migration(migrations.Migration):

    dependencies = [
        ('agents', '0003_people_and_assignment'),
    ]

    operations = [
        migrations.AddField(
            model_name='assignmentmove',
            name='outcome',
            field=models.CharField(blank=True, max_length=16, verbose_name='结果'),
        ),
        migrations.RunSQL(FORWARD, BACK),
    ]
