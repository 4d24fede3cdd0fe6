"""The first accounts of an installation: `manage.py add_user wang --name 王芳 --role admin`."""

import argparse
import getpass
import sys
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from collection_ops.core.access import Role
from collection_ops.core.models import User
from collection_ops.core.services.accounts import RoleConflict, create_user


class Command(BaseCommand):
    help = "Make an account with its roles. The password is asked for, or read from standard input."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", required=True, help="the person's name as pages show it")
        parser.add_argument("--role", action="append", required=True, choices=Role.values, help="may be repeated")
        parser.add_argument("--unit", default="", help="team or department code")
        parser.add_argument("--password-stdin", action="store_true", help="read the password's only line from stdin")

    def handle(
        self, *args: Any, username: str, name: str, role: list[str], unit: str, password_stdin: bool, **options: Any
    ) -> None:
        if User.objects.filter(username__iexact=username).exists():
            raise CommandError(f"用户 {username} 已存在 · the user {username} exists already")
        password = sys.stdin.readline().rstrip("\n") if password_stdin else self._ask()
        try:
            with transaction.atomic():
                validate_password(password, User(username=username, display_name=name))
                roles = [Role(value) for value in role]
                create_user(username=username, display_name=name, password=password, roles=roles, actor=None, unit=unit)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        except RoleConflict as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{username}: {', '.join(role)}")

    def _ask(self) -> str:
        password = getpass.getpass("密码 · Password: ")
        if password != getpass.getpass("再输一次 · Again: "):
            raise CommandError("两次输入不一致 · the two are not the same")
        return password
