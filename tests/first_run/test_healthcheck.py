"""The health checks of the containers."""

import http.server
import os
import threading

import pytest

from collection_ops import healthcheck, heartbeat


@pytest.fixture
def server():
    asked = []

    class Handler(http.server.BaseHTTPRequestHandler):
        answer = 200

        def do_GET(self):
            asked.append((self.path, self.headers["Host"], self.headers["X-Forwarded-Proto"]))
            self.send_response(self.answer)
            self.end_headers()

        def log_message(self, *args):
            pass

    httpd = http.server.HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=httpd.serve_forever, daemon=True).start()
    yield httpd.server_port, Handler, asked
    httpd.shutdown()
    httpd.server_close()


def test_web_is_asked_by_the_name_that_the_site_allows(server, monkeypatch, capsys):
    port, _handler, asked = server
    monkeypatch.setenv("PORT", str(port))
    monkeypatch.setenv("ALLOWED_HOSTS", "*, .collection.example.com,other")

    assert healthcheck.main(["web"]) == 0
    assert asked == [("/readyz", "collection.example.com", "https")]


def test_web_that_is_not_ready_is_not_well(server, monkeypatch, capsys):
    port, handler, _asked = server
    handler.answer = 503
    monkeypatch.setenv("PORT", str(port))

    assert healthcheck.main(["web"]) == 1
    assert "503" in capsys.readouterr().out


def test_web_that_does_not_answer_is_not_well(monkeypatch, capsys):
    monkeypatch.setenv("PORT", "1")

    assert healthcheck.main(["web"]) == 1
    assert "no answer" in capsys.readouterr().out


@pytest.mark.parametrize("program", ["worker", "beat"])
def test_a_program_is_well_as_long_as_its_sign_of_life_is_fresh(program, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("HEARTBEAT_DIR", str(tmp_path))
    assert healthcheck.main([program]) == 1, "no sign at all"

    heartbeat.touch(program)
    assert healthcheck.main([program]) == 0

    file = healthcheck.heartbeat_file(program)
    old = file.stat().st_mtime - healthcheck.MAXIMUM_AGE_SECONDS[program] - 5
    os.utime(file, (old, old))
    assert healthcheck.main([program]) == 1


def test_an_unknown_program_is_a_mistake_in_the_compose_file(capsys):
    assert healthcheck.main(["wrong"]) == 1
    assert "usage" in capsys.readouterr().out
