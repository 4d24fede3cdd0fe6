"""Who works here. One person, one account; what the person may do follows from roles, never from flags."""

from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin, UserManager
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from collection_ops.core.access import Role


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account.

    `is_superuser` exists because Django's admin asks for it; nothing in this system grants it.
    """

    username = models.CharField(_("用户名"), max_length=64, validators=[UnicodeUsernameValidator()])
    display_name = models.CharField(_("姓名"), max_length=64)
    email = models.EmailField(_("邮箱"), blank=True)
    unit = models.CharField(
        _("组织单元"), max_length=32, blank=True, help_text=_("小组或部门代码；组长看到本单元的席位")
    )
    language = models.CharField(_("语言"), max_length=16, blank=True)
    is_active = models.BooleanField(_("启用"), default=True)
    date_joined = models.DateTimeField(_("创建时间"), db_default=Now())

    objects = UserManager()

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["display_name"]

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")
        constraints = [models.UniqueConstraint(Lower("username"), name="user_username_unique")]

    def __str__(self) -> str:
        return self.display_name or self.username

    @property
    def is_staff(self) -> bool:
        """May enter the admin; asked of the access table like everything else."""
        from collection_ops.core.access import has

        return has(self, "admin.enter")

    @cached_property
    def roles(self) -> frozenset[Role]:
        """Roles in force. Read once for a request, so that one page never mixes two answers."""
        if not self.pk or not self.is_active:
            return frozenset()
        known = set(Role.values)
        return frozenset(Role(r) for r in self.role_grants.values_list("role", flat=True) if r in known)

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name


class RoleGrant(models.Model):
    """One role of one person, with who gave it. Forbidden pairs are refused by the service that grants."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="role_grants", verbose_name=_("用户"))
    role = models.CharField(_("角色"), max_length=24, choices=Role.choices)
    granted_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.SET_NULL, related_name="+", verbose_name=_("授予人")
    )
    granted_at = models.DateTimeField(_("授予时间"), db_default=Now())

    class Meta:
        verbose_name = _("角色授予")
        verbose_name_plural = _("角色授予")
        constraints = [
            models.UniqueConstraint(fields=["user", "role"], name="role_grant_once"),
            models.CheckConstraint(condition=models.Q(role__in=Role.values), name="role_grant_known_role"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()}"
