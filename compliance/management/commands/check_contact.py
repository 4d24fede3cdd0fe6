"""`check_contact --facts FILE.json`: may this contact take place, and if not, why and from when on? Needs no database.

The file is what `compliance/rules/facts.schema.json` describes (`-` reads standard input). Without `--pack` the packs
that are on by default decide; several may be named, the strictest wins.

Exit codes: 0 allowed, perhaps with a warning · 2 refused · 1 the facts or the pack cannot be read.
"""

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.rule_texts import spoken
from compliance.rules.engine import decide
from compliance.rules.facts import Facts, FactsUnreadable, facts_from
from compliance.rules.packs import PackWrong, Rule, default_rules, pack_names, shipped
from compliance.rules.verdict import Verdict

REFUSED = 2


class Command(BaseCommand):
    help = "Judge one contact by the rule packs, from facts in a JSON file"
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--facts", required=True, help="JSON file with the facts, - for standard input")
        parser.add_argument("--pack", action="append", help=f"{', '.join(pack_names())}; may be repeated")
        parser.add_argument("--json", action="store_true", help="the verdict as JSON")

    def handle(self, *_args: Any, **options: Any) -> None:
        try:
            rules = _rules(options["pack"])
            facts = _facts(options["facts"])
        except (FactsUnreadable, PackWrong) as wrong:
            raise CommandError(str(wrong)) from wrong
        verdict = decide(facts, rules)
        if options["json"]:
            self.stdout.write(json.dumps(verdict.to_json(), ensure_ascii=False, indent=2))
        else:
            self._tell(verdict, facts)
        if not verdict.allowed:
            sys.exit(REFUSED)

    def _tell(self, verdict: Verdict, facts: Facts) -> None:
        self.stdout.write(verdict.verdict)
        for reason in verdict.reasons:
            counted = f" ({reason.observed} / {reason.limit})" if reason.observed is not None else ""
            self.stdout.write(
                f"  {reason.verdict} {reason.rule}{counted}: {spoken(reason.statement)} [{reason.source}]"
            )
        if verdict.next_allowed_at is not None:
            self.stdout.write(f"  → {verdict.next_allowed_at.astimezone(facts.zone):%Y-%m-%d %H:%M:%S %Z}")


def _rules(names: list[str] | None) -> tuple[Rule, ...]:
    if not names:
        return default_rules()
    return tuple(rule for name in dict.fromkeys(names) for rule in shipped(name).rules)


def _facts(file: str) -> Facts:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        data = json.loads(text)
    except (OSError, UnicodeDecodeError) as unreadable:
        raise FactsUnreadable(f"cannot read {file}: {unreadable}") from unreadable
    except json.JSONDecodeError as wrong:
        raise FactsUnreadable(f"{file} is no JSON: {wrong}") from wrong
    return facts_from(data)
