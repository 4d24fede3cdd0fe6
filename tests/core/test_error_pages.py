"""Error pages tell a person what to do, also when the database is what is away."""

import pytest
from django.db import OperationalError
from django.test import Client


@pytest.fixture
def broken(monkeypatch):
    """The sign-in page fails with the given error."""

    def fail_with(error: Exception) -> None:
        def fail(*args, **kwargs):
            raise error

        monkeypatch.setattr("django.contrib.auth.views.LoginView.get", fail)

    return fail_with


def page(status):
    response = Client(raise_request_exception=False).get("/sign-in/")
    assert response.status_code == status
    return response


@pytest.mark.django_db
def test_a_database_that_is_away_asks_for_patience_and_a_fault_for_a_report(broken):
    broken(OperationalError("server closed the connection"))
    away = page(503)
    assert away["Retry-After"] == "10"
    assert "数据库暂时没有响应" in away.content.decode()

    broken(ZeroDivisionError())
    fault = page(500)
    assert "数据库" not in fault.content.decode()
    assert fault["X-Request-ID"] in fault.content.decode()
