from django.urls import path

from rightaway.web.start import views

urlpatterns = [
    path("start", views.start, name="start"),
    path("start/team", views.team, name="start-team"),
    path("start/agents", views.agents, name="start-agents"),
    path("start/agents/<uuid:agent_id>/link", views.new_link, name="start-link"),
    path("start/source", views.source, name="start-source"),
    path("start/route", views.route, name="start-route"),
    path("start/lead", views.lead, name="start-lead"),
    path("start/available", views.available, name="start-available"),
]
