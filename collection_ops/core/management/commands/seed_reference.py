"""Write the reference data of all apps. Idempotent: run it after every migration."""

from typing import Any

from django.core.management.base import BaseCommand

from collection_ops.core.seeding import run_seeders


class Command(BaseCommand):
    help = "Write reference data (calendar, …); safe to repeat, keeps what people edited"

    def handle(self, *args: Any, **options: Any) -> None:
        for name, line in run_seeders().items():
            self.stdout.write(f"{name}: {line}")
