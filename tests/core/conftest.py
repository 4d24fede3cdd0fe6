from collections.abc import Iterator
from unittest.mock import patch

import pytest


@pytest.fixture(autouse=True)
def bell() -> Iterator[list[int]]:
    """Catches the messages to the worker: which jobs were rung. Nothing reaches a real broker."""
    rung: list[int] = []

    def ring(args: list[int], **kwargs: object) -> None:
        rung.extend(args)

    with patch("collection_ops.core.tasks.run_job.apply_async", ring):
        yield rung
