from django.urls import path

from collection_ops.core.views import (
    access_table,
    audit,
    health,
    home,
    preferences,
    second_factor,
    sign_in,
    tasks,
    tokens,
    users,
)

app_name = "core"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", sign_in.login, name="login"),
    path("sign-out/", sign_in.logout, name="logout"),
    path("password/", sign_in.password_change, name="password_change"),
    path("second-factor/", second_factor.verify, name="second_factor"),
    path("second-factor/setup/", second_factor.setup, name="second_factor_setup"),
    path("language/", preferences.set_language, name="set_language"),
    path("tasks/", tasks.tasks, name="tasks"),
    path("tasks/<int:job_id>/", tasks.job, name="job"),
    path("tasks/messages/read/", tasks.notifications_read, name="notifications_read"),
    path("tasks/messages/<int:notification_id>/", tasks.notification, name="notification"),
    path("audit/", audit.audit, name="audit"),
    path("audit/verify/", audit.verify, name="audit_verify"),
    path("access/", access_table.access_table, name="access"),
    path("users/", users.users, name="users"),
    path("users/new/", users.user_create, name="user_create"),
    path("users/<int:user_id>/", users.user, name="user"),
    path("users/<int:user_id>/<slug:action>/", users.user_action, name="user_action"),
    path("tokens/", tokens.tokens, name="tokens"),
    path("tokens/new/", tokens.token_create, name="token_create"),
    path("tokens/<int:token_id>/", tokens.token, name="token"),
    path("tokens/<int:token_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("health/", health.health_page, name="health_page"),
    path("health/check/", health.check_now, name="health_check"),
]
