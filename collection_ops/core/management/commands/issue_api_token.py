"""A token for another program: `manage.py issue_api_token dialler --scope cases.read --org agency-a`."""

import argparse
import json
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from collection_ops.core import clock
from collection_ops.core.access import token_scopes
from collection_ops.core.services.api_tokens import TokenRefused, issue_token


class Command(BaseCommand):
    help = "Issue a token of the API. Its secret is the last line of the output, and is shown this once."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("integration", help="what the program is called on the trail")
        parser.add_argument(
            "--scope", action="append", required=True, choices=sorted(token_scopes()), help="may repeat"
        )
        parser.add_argument("--org", default="", help='"own", the code of an agency\'s desk, or nothing: all cases')
        parser.add_argument("--address", action="append", default=[], help="address or network it may come from")
        parser.add_argument("--days", type=int, default=365, help="until it expires")
        parser.add_argument("--per-minute", type=int, default=600, help="requests")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            token, secret = issue_token(
                integration=options["integration"],
                scopes=options["scope"],
                actor=None,
                now=clock.now(),
                lifetime=timedelta(days=options["days"]),
                org=options["org"],
                addresses=options["address"],
                requests_per_minute=options["per_minute"],
            )
        except TokenRefused as refused:
            raise CommandError(str(refused)) from refused
        if options["as_json"]:
            told = {"id": token.pk, "integration": token.integration, "org": token.org, "scopes": token.scopes}
            self.stdout.write(json.dumps({**told, "expires_at": token.expires_at.isoformat(), "secret": secret}))
            return
        self.stdout.write(f"{token}: {', '.join(token.scopes)}")
        self.stdout.write(secret)
