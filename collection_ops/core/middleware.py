"""What every request passes: an id for its log lines, session limits, the second factor, private pages."""

import ipaddress
import secrets
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from collection_ops.core import clock
from collection_ops.core.api.errors import answer, is_api
from collection_ops.core.bodies import content_length
from collection_ops.core.request_context import enter_request, leave_request

GetResponse = Callable[[HttpRequest], HttpResponse]


def client_address(request: HttpRequest) -> str | None:
    """The address of the client: rightmost hop that our own proxies (TRUSTED_PROXIES) did not add."""
    hops = settings.AXES_IPWARE_PROXY_COUNT or 0
    forwarded = [h.strip() for h in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",") if h.strip()]
    if hops and len(forwarded) >= hops and (address := _address_in(forwarded[-hops])):
        return address
    return request.META.get("REMOTE_ADDR") or None


def _address_in(hop: str) -> str | None:
    """The address as the audit trail keeps it; None for anything else that a proxy lets through."""
    try:
        return str(ipaddress.ip_address(hop))
    except ValueError:
        return None


def is_verified(user: Any) -> bool:
    """Whether the person has shown a second factor in this session (django-otp's middleware adds the answer)."""
    return bool(user.is_verified()) if hasattr(user, "is_verified") else False


class RequestIdMiddleware:
    """Gives each request a short random id; it stands in log lines, audit rows and the error page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request_id = secrets.token_hex(6)
        request.request_id = request_id  # type: ignore[attr-defined]
        enter_request(request_id, client_address(request))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id
            return response
        finally:
            leave_request()


class SessionLimitsMiddleware:
    """Ends a session that was idle or open too long (reference: reliability 8.3), and one whose account was disabled."""

    SEEN = "seen_at"
    BEGAN = "began_at"

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            now = getattr(request.session, "read_at", None) or clock.now()
            seen = parse_datetime(request.session.get(self.SEEN, "")) or now
            began = parse_datetime(request.session.get(self.BEGAN, "")) or now
            idle = now - seen > timedelta(minutes=settings.SESSION_IDLE_MINUTES)
            over = now - began > timedelta(hours=settings.SESSION_ABSOLUTE_HOURS)
            if idle or over:
                logout(request)
                request.session["ended_because"] = "idle" if idle else "absolute"
            else:
                # Polling for a job's progress is the page's doing, not the person's: it keeps no session alive.
                is_poll = request.headers.get("HX-Request") == "true" and request.method == "GET"
                if self.BEGAN not in request.session:
                    request.session[self.BEGAN] = now.isoformat()
                if not is_poll and (self.SEEN not in request.session or now - seen > timedelta(seconds=30)):
                    request.session[self.SEEN] = now.isoformat()
        return self.get_response(request)


class SecondFactorMiddleware:
    """Sends people whose role needs a second factor to set it up or to enter it before anything else."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if user.is_authenticated and not is_verified(user):
            open_routes = {
                reverse(name)
                for name in ("core:second_factor", "core:second_factor_setup", "core:logout", "core:set_language")
            }
            required = bool(set(user.roles) & set(settings.SECOND_FACTOR_ROLES))
            has_device = request.session.get("has_second_factor")
            if has_device is None:
                from django_otp import user_has_device

                has_device = request.session["has_second_factor"] = user_has_device(user)
            if (required or has_device) and request.path not in open_routes:
                return redirect("core:second_factor" if has_device else "core:second_factor_setup")
        return self.get_response(request)


class LargeBodyMiddleware:
    """Uploads: from people with an account, within the limit, a few at once, or refused before they are kept anywhere.

    Behind the sign-in and before the check of the form's token, which is what reads a body first.
    """

    FORM_BYTES = 1024 * 1024  # what stands around the file
    WAIT_SECONDS = 2.0
    PIECE = 256 * 1024

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response
        self.turns = threading.BoundedSemaphore(max(settings.WEB_THREADS // 4, 1))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = content_length(request.META)
        if length <= settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            return self.get_response(request)
        if not request.user.is_authenticated or is_api(request):
            return self._refused(request, 413, length)
        if not self.turns.acquire(timeout=self.WAIT_SECONDS):
            return self._refused(request, 503, length)
        try:
            if length > settings.UPLOAD_MAX_BYTES + self.FORM_BYTES:
                self._let_pass(request)
                return self._refused(request, 413, length)
            return self.get_response(request)
        finally:
            self.turns.release()

    def _let_pass(self, request: HttpRequest) -> None:
        """Read and forget, within reason: a browser shows the answer only when it could send all of its file."""
        left = 2 * settings.UPLOAD_MAX_BYTES
        try:
            while left > 0 and (piece := request.read(min(self.PIECE, left))):
                left -= len(piece)
        except UnreadablePostError:
            return

    def _refused(self, request: HttpRequest, status: int, length: int) -> HttpResponse:
        if is_api(request):
            return answer(413, "body_too_large", _("请求内容过大，上限 5 MB"))
        megabytes = 2**20
        context = {
            "size": round(length / megabytes, 1),
            "limit": round(settings.UPLOAD_MAX_BYTES / megabytes, 1),
            "busy": status == 503,
        }
        response = render(request, "413.html", context, status=status)
        if status == 503:
            response["Retry-After"] = "10"
        return response


class FragmentSignInMiddleware:
    """A fragment asked for after the session ended sends the whole page to the sign-in, not the sign-in into the page."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.headers.get("HX-Request") == "true" and response.status_code == 302:
            sign_in = reverse(settings.LOGIN_URL)
            if response["Location"].startswith(sign_in):
                page = request.headers.get("HX-Current-URL", "")
                response = HttpResponse(status=204)
                response["HX-Redirect"] = f"{sign_in}?{urlencode({'next': urlsplit(page).path or '/'})}"
        return response


class PrivatePagesMiddleware:
    """Pages of signed-in people are never cached: not by a proxy, and not for the next person at the same desk."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated and "Cache-Control" not in response:
            response["Cache-Control"] = "no-store, private"
        return response
