"""The command that makes the first accounts of an installation."""

import io
import sys

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from collection_ops.core.access import Role
from collection_ops.core.models import AuditEvent, User

GOOD = "correct horse battery\n"


def add(monkeypatch, password, *arguments):
    monkeypatch.setattr(sys, "stdin", io.StringIO(password))
    call_command("add_user", *arguments, "--password-stdin", stdout=io.StringIO())


def test_it_makes_an_account_that_can_log_in_with_its_roles(db, monkeypatch):
    add(monkeypatch, GOOD, "wang", "--name", "王芳", "--role", "admin")

    user = User.objects.get(username="wang")
    assert user.check_password(GOOD.strip()) and user.roles == {Role.ADMIN}
    assert AuditEvent.objects.filter(action="user.created").count() == 1


def test_a_weak_password_makes_no_account(db, monkeypatch):
    with pytest.raises(CommandError):
        add(monkeypatch, "12345\n", "wang", "--name", "王芳", "--role", "admin")

    assert not User.objects.exists()


def test_a_name_that_is_taken_is_refused_whatever_its_case(db, monkeypatch):
    add(monkeypatch, GOOD, "wang", "--name", "王芳", "--role", "admin")

    with pytest.raises(CommandError, match="WANG"):
        add(monkeypatch, GOOD, "WANG", "--name", "王芳", "--role", "admin")


def test_a_role_that_does_not_exist_is_refused(db, monkeypatch):
    with pytest.raises(CommandError, match="role"):
        add(monkeypatch, GOOD, "wang", "--name", "王芳", "--role", "emperor")
