from django.urls import path

from collection_ops.core.views import home, preferences, second_factor, sign_in

app_name = "core"
urlpatterns = [
    path("", home.home, name="home"),
    path("sign-in/", sign_in.login, name="login"),
    path("sign-out/", sign_in.logout, name="logout"),
    path("password/", sign_in.password_change, name="password_change"),
    path("second-factor/", second_factor.verify, name="second_factor"),
    path("second-factor/setup/", second_factor.setup, name="second_factor_setup"),
    path("language/", preferences.set_language, name="set_language"),
]
