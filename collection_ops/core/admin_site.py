"""Django's admin, entered by capability, for reference data and emergencies."""

from django.contrib import admin
from django.contrib.admin.apps import AdminConfig
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import has


class BackOfficeAdmin(admin.AdminSite):
    site_header = _("催收运营后台 · 管理")
    site_title = _("后台管理")
    index_title = _("参考数据与系统")
    site_url = "/"

    def has_permission(self, request: HttpRequest) -> bool:
        return has(request.user, "admin.enter")


class BackOfficeAdminConfig(AdminConfig):
    default_site = "collection_ops.core.admin_site.BackOfficeAdmin"
