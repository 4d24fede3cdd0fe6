"""Reading a page and sending a form as somebody."""

from typing import Any

from django.test import Client
from django.urls import reverse

from collection_ops.core.models import User
from collection_ops.core.services.form_tokens import new_token


def page(client: Client, user: User, name: str, *args: int, **query: str) -> str:
    client.force_login(user)
    response = client.get(reverse(f"vendors:{name}", args=args), query)
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def in_english(client: Client, user: User, name: str, *args: int, **query: str) -> str:
    client.force_login(user)
    client.cookies["language"] = "en"
    response = client.get(reverse(f"vendors:{name}", args=args), query)
    del client.cookies["language"]
    assert response.status_code == 200, response.status_code
    return response.content.decode()


def send(client: Client, user: User, name: str, *args: int, **typed: str) -> Any:
    client.force_login(user)
    return client.post(reverse(f"vendors:{name}", args=args), {**typed, "form_token": new_token()})
