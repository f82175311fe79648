"""The pages."""

from django.urls import path

from rightaway.web import languages
from rightaway.web.home.views import home
from rightaway.web.setup.views import setup
from rightaway.web.sign_in.views import sign_in, sign_out

urlpatterns = [
    path("", home, name="home"),
    path("sign-in", sign_in, name="account_login"),
    path("sign-out", sign_out, name="account_logout"),
    path("setup/<str:token>", setup, name="setup"),
    path("language", languages.choose, name="language"),
]
