"""Existing collectors get a file, and the units they are in become teams: an upgrade leaves nobody without either. No
certificates: who has passed a test is for people to record, and until then nobody contacts debtors (CN-H-01)."""

from django.conf import settings
from django.db import migrations
from django.utils import timezone

LEADER, COLLECTOR = "team_leader", "collector"


def from_units(apps, schema_editor):
    User = apps.get_model("core", "User")
    Desk = apps.get_model("cases", "Desk")
    Team = apps.get_model("agents", "Team")
    Membership = apps.get_model("agents", "Membership")
    Collector = apps.get_model("agents", "Collector")
    grants = apps.get_model("core", "RoleGrant").objects.filter(role=COLLECTOR, user__is_active=True)
    users = list(User.objects.filter(pk__in=grants.values("user")).order_by("pk"))
    joined = {user.pk: timezone.localtime(user.date_joined).date() for user in users}
    has_file = set(Collector.objects.values_list("pk", flat=True))
    Collector.objects.bulk_create(
        Collector(user_id=user.pk, joined_on=joined[user.pk]) for user in users if user.pk not in has_file
    )
    placed = set(Membership.objects.filter(until=None).values_list("user_id", flat=True))
    teams = {team.code: team for team in Team.objects.all()}
    led = set(Team.objects.exclude(leader=None).values_list("leader_id", flat=True))
    for unit in sorted({user.unit for user in users if user.unit} - teams.keys()):
        leaders = User.objects.filter(unit=unit, is_active=True, role_grants__role=LEADER).exclude(pk__in=led)
        leader = leaders.order_by("pk").first()
        led |= {leader.pk} if leader else set()
        teams[unit] = Team.objects.create(code=unit, name=unit, leader=leader)
    Membership.objects.bulk_create(
        Membership(user_id=user.pk, team=teams[user.unit], since=joined[user.pk])
        for user in users
        if user.unit and user.pk not in placed
    )
    # The desk is scoped like its person.
    for user in users:
        if user.unit:
            Desk.objects.filter(owner_id=user.pk).exclude(unit=user.unit).update(unit=user.unit)


class Migration(migrations.Migration):
    dependencies = [
        ("agents", "0005_assignment_keys"),
        ("cases", "0017_attachments"),
        ("core", "0006_api_tokens"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [migrations.RunPython(from_units, migrations.RunPython.noop)]
