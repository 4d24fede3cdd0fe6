"""docker-compose.yml: its commands exist, its secrets are made, and every service is closed in."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands

CHECKOUT = Path(__file__).resolve().parent.parent.parent
COMPOSE = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text(encoding="utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service["image"].startswith("collection-ops")}


def words(command):
    return command if isinstance(command, list) else command.split()


def test_one_image_runs_migrations_web_workers_and_beat():
    assert set(OURS) == {"migrate", "web", "worker", "importer", "beat"}
    assert len({service["image"] for service in OURS.values()}) == 1


@pytest.mark.parametrize("name", [name for name in SERVICES if "restart" in SERVICES[name]])
def test_a_service_is_read_only_without_rights_and_without_root(name):
    service = SERVICES[name]

    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"] and "cap_add" not in service
    assert "no-new-privileges:true" in service["security_opt"]
    assert service["init"] is True
    assert service["image"].startswith("collection-ops") or service["user"] not in ("root", "0")


def test_the_image_runs_as_an_account_of_its_own():
    dockerfile = (CHECKOUT / ".docker" / "Dockerfile").read_text()

    assert re.search(r"^USER 10001:10001$", dockerfile, re.MULTILINE)
    assert all(":" in image for image in re.findall(r"^FROM (\S+)", dockerfile, re.MULTILINE))


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in ("migrate", "backup")])
def test_every_lasting_service_has_a_health_check(name):
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["healthcheck"]["start_period"]


def test_only_web_is_reached_from_outside_and_only_on_this_host():
    published = {name: service["ports"] for name, service in SERVICES.items() if service.get("ports")}

    assert list(published) == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in published["web"])
    assert COMPOSE["networks"]["back"]["internal"] is True
    assert all(service["networks"] == ["back"] for name, service in SERVICES.items() if name != "web")


def test_nothing_starts_before_the_migrations_are_done():
    for name in set(OURS) - {"migrate"}:
        assert OURS[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_the_management_commands_it_runs_exist():
    known = get_commands()

    for service in OURS.values():
        command = words(service["command"])
        if command[:2] == ["python", "manage.py"]:
            assert command[2] in known


@pytest.mark.parametrize("name", ["worker", "importer", "beat"])
def test_celery_understands_the_options_it_is_given(name):
    from celery.bin.celery import celery

    command = words(OURS[name]["command"])
    program, *options = command[2:]
    understood = {option for parameter in celery.commands[program].params for option in parameter.opts}

    assert command[:2] == ["celery", "--app=collection_ops"]
    assert [option for option in options if option.split("=")[0] not in understood] == []


def test_granian_understands_the_options_it_is_given():
    from granian.cli import cli

    options = [option.split("=")[0] for option in words(OURS["web"]["command"])[1:-1]]
    understood = {option for parameter in cli.params for option in (*parameter.opts, *parameter.secondary_opts)}

    assert [option for option in options if option not in understood] == []
    assert words(OURS["web"]["command"])[-1] == "collection_ops.wsgi:application"


def test_the_site_knows_how_many_threads_it_is_served_by():
    """Slow senders may take half of them (core/bodies.py): a wrong number would let them take all."""
    from django.conf import settings

    assert f"--blocking-threads={settings.WEB_THREADS}" in words(OURS["web"]["command"])


def test_the_health_checks_ask_for_programs_that_the_module_knows():
    from collection_ops.healthcheck import MAXIMUM_AGE_SECONDS

    for service in OURS.values():
        if "healthcheck" in service:
            assert service["healthcheck"]["test"][1:4] == ["python", "-m", "collection_ops.healthcheck"]
            assert service["healthcheck"]["test"][4] in {"web", *MAXIMUM_AGE_SECONDS}


def test_every_queue_has_a_worker():
    """The queues that one machine serves (`manage.py up`) are served in containers too."""
    from collection_ops.core.management.commands.up import programs

    local = next(p for p in programs(host="h", port=1) if p.name == "worker").command
    queues = set(local[list(local).index("--queues") + 1].split(","))
    served = re.findall(r"--queues=(\S+)", " ".join(" ".join(words(s["command"])) for s in OURS.values()))

    assert set(",".join(served).split(",")) == queues


def test_the_secrets_it_names_are_the_ones_that_are_made(tmp_path):
    script = (
        (CHECKOUT / ".docker" / "make_secrets.py")
        .read_text()
        .replace("Path(__file__).resolve().parent.parent", f"Path({str(tmp_path)!r})")
    )
    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    made = {path.name for path in (tmp_path / "secrets").iterdir()}
    first = {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()}

    assert {Path(secret["file"]).name for secret in COMPOSE["secrets"].values()} == made
    assert (tmp_path / "secrets").stat().st_mode & 0o777 == 0o700
    assert first["database_password"] in first["database_url"]

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert {path.name: path.read_text() for path in (tmp_path / "secrets").iterdir()} == first, (
        "a second run keeps them"
    )


def test_every_secret_a_service_uses_is_declared():
    used = {secret for service in SERVICES.values() for secret in service.get("secrets", [])}

    assert used == set(COMPOSE["secrets"])


def test_the_example_settings_name_what_the_file_asks_for():
    asked = set(re.findall(r"\$\{([A-Z_]+)", (CHECKOUT / "docker-compose.yml").read_text()))
    example = set(re.findall(r"^([A-Z_]+)=", (CHECKOUT / ".env.example").read_text(), re.MULTILINE))

    assert asked == example
