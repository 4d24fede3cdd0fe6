"""Django's admin, entered by capability, for reference data and emergencies. One door in and out: the site's own sign-in."""

from functools import wraps
from typing import Any

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import has


class BackOfficeAdmin(admin.AdminSite):
    site_header = _("催收运营后台")
    site_title = _("后台管理")
    index_title = _("参考数据与系统")
    site_url = "/"
    enable_nav_sidebar = False

    def has_permission(self, request: HttpRequest) -> bool:
        return has(request.user, "admin.enter")

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages that ask the access table. What third-party apps register for themselves (groups, TOTP secrets)
        is left out: it would be a second door."""
        from collection_ops.core.admin_base import ReferenceAdmin

        if admin_class is not None and issubclass(admin_class, ReferenceAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        inner = super().admin_view(view, cacheable)

        @wraps(inner)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            if not self.has_permission(request):
                return self._refuse(request, request.get_full_path())
            return inner(request, *args, **kwargs)

        return guarded

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """No sign-in of its own: ours has the lock-out, the log and the second factor."""
        if not self.has_permission(request):
            return self._refuse(request, reverse("admin:index"))
        return redirect("admin:index")

    def _refuse(self, request: HttpRequest, target: str) -> HttpResponse:
        from django.contrib.auth.views import redirect_to_login  # imports models: only once the apps are ready

        if request.user.is_authenticated:
            raise PermissionDenied("admin.enter")
        return redirect_to_login(target)

    def get_urls(self) -> list[Any]:
        """Without the doors that exist once for the whole site: signing out, the password, jumping to any object."""
        elsewhere = {"logout", "password_change", "password_change_done", "view_on_site"}
        return [url for url in super().get_urls() if getattr(url, "name", None) not in elsewhere]


class BackOfficeAdminConfig(AdminConfig):
    default_site = "collection_ops.core.admin_site.BackOfficeAdmin"
