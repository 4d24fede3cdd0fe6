"""Sending the forms of the care pages."""

from typing import Any

from django.test import Client
from django.urls import reverse

from collection_ops.core.services.form_tokens import new_token


def send(client: Client, route: str, *arguments: int, **values: Any) -> Any:
    return client.post(reverse(f"cases:{route}", args=arguments), {"form_token": new_token(), **values})
