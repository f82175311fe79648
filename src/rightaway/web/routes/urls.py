from django.urls import path

from rightaway.web.routes import drafts, views

_ROUTE = "routes/<uuid:route_id>"
_VERSION = "routes/history/<int:number>"

urlpatterns = [
    path("routes", views.routes, name="routes"),
    path("routes/list", views.listing, name="routes-list"),
    path("routes/effect", views.effect, name="routes-effect"),
    path("routes/bar", views.bar, name="routes-bar"),
    path("routes/new", views.new, name="route-new"),
    path("routes/everything-else", views.begin, name="routes-begin"),
    path("routes/publish", drafts.publishing, name="routes-publish"),
    path("routes/discard", drafts.discarding, name="routes-discard"),
    path("routes/history", drafts.history, name="routes-history"),
    path(_VERSION, drafts.version, name="routes-version"),
    path(f"{_VERSION}/restore", drafts.restore, name="routes-restore"),
    path(_ROUTE, views.route, name="route"),
    path(f"{_ROUTE}/save", views.save, name="route-save"),
    path(f"{_ROUTE}/preview", views.previewing, name="route-preview"),
    path(f"{_ROUTE}/move", views.move, name="route-move"),
    path(f"{_ROUTE}/pause", views.pause, name="route-pause"),
    path(f"{_ROUTE}/resume", views.resume, name="route-resume"),
    path(f"{_ROUTE}/remove", views.remove, name="route-remove"),
]
