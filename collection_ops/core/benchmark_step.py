"""The other side of `benchmarks.run_module`: a step of a benchmark, measured in a process of its own."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

Step = Callable[[dict[str, Any]], dict[str, Any]]


def answer(steps: Mapping[str, Step]) -> None:
    """Do the step that the first argument names ("" without one). What is asked comes as one JSON object on standard input,
    with the `database` to work on and perhaps a `folder` for files; what came of it goes out as one on standard output."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "collection_ops.settings")
    import django

    asked = json.load(sys.stdin)
    django.setup()
    from django.conf import settings
    from django.db import connection

    # Before the first query: the name is all that tells this database from the site's own.
    connection.settings_dict["NAME"] = asked["database"]
    if "folder" in asked:
        settings.MEDIA_ROOT = Path(asked["folder"])
    said, sys.stdout = sys.stdout, sys.stderr  # what commands tell is not the answer
    found = steps[sys.argv[1] if len(sys.argv) > 1 else ""](asked)
    said.write(json.dumps(found))
