"""The pages. Each page's folder has its own addresses."""

from django.urls import include, path

from rightaway.web import languages, preferences
from rightaway.web.home.views import home, me
from rightaway.web.join.views import join
from rightaway.web.setup.views import setup
from rightaway.web.sign_in import demo
from rightaway.web.sign_in.views import sign_in, sign_out

# What open pages read all day stands first: an address is looked for from the top.
urlpatterns = [
    path("", include("rightaway.web.layout.urls")),
    path("", include("rightaway.web.my_work.urls")),
    path("", home, name="home"),
    path("me", me, name="me"),
    path("sign-in", sign_in, name="account_login"),
    path("sign-in/demo", demo.enter, name="demo-sign-in"),
    path("sign-out", sign_out, name="account_logout"),
    path("setup/<str:token>", setup, name="setup"),
    path("join/<str:token>", join, name="join"),
    path("language", languages.choose, name="language"),
    path("preferences", preferences.prefer, name="prefer"),
    path("", include("rightaway.web.search.urls")),
    path("", include("rightaway.web.notifications.urls")),
    path("", include("rightaway.web.bulk.urls")),
    path("", include("rightaway.web.contacts.urls")),
    path("", include("rightaway.web.records.urls")),
    path("", include("rightaway.web.companies.urls")),
    path("", include("rightaway.web.fields.urls")),
    path("", include("rightaway.web.agents.urls")),
    path("", include("rightaway.web.invitations.urls")),
    path("", include("rightaway.web.start.urls")),
    path("", include("rightaway.web.profile.urls")),
    path("", include("rightaway.web.pool.urls")),
    path("", include("rightaway.web.routes.urls")),
    path("", include("rightaway.web.conversations.urls")),
    path("", include("rightaway.web.doors.urls")),
    path("", include("rightaway.web.sources.urls")),
    path("", include("rightaway.web.roles.urls")),
    path("", include("rightaway.web.campaigns.urls")),
    path("", include("rightaway.web.sequences.urls")),
    path("", include("rightaway.web.saved_views.urls")),
    path("", include("rightaway.web.settings.urls")),
    path("", include("rightaway.web.oversight.urls")),
]
