"""The access table, as everybody concerned may read it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.views.decorators.http import require_GET

from collection_ops.core.access import Role, Scope, matrix, requires


@requires("access.view")
@require_GET
def access_table(request: HttpRequest) -> HttpResponse:
    """The same file that the code asks; labels are msgids (see core/access_labels.py)."""
    roles = list(Role)
    lines = [
        {
            "name": name,
            "label": gettext(line["label"]),
            "cells": [
                {"role": role.label, "scope": Scope(line["roles"][role]).label if role in line["roles"] else ""}
                for role in roles
            ],
        }
        for name, line in matrix()["capabilities"].items()
    ]
    return render(request, "core/access_table.html", {"roles": roles, "lines": lines})
