from django.urls import path

from rightaway.web.agents import departing, importing, proposing, views

_AGENT = "team/agents/<uuid:agent_id>"

urlpatterns = [
    path("team/agents", views.agents, name="agents"),
    path("team/agents/new", views.new, name="agent-new"),
    path("team/agents/import", importing.importing, name="agents-import"),
    path("team/agents/create", views.create, name="agent-create"),
    path("me/profile", proposing.mine, name="my-profile"),
    path("team/proposals", proposing.proposals, name="proposals"),
    path("team/proposals/<uuid:proposal_id>/approve", proposing.approve, name="proposal-approve"),
    path("team/proposals/<uuid:proposal_id>/refuse", proposing.refuse, name="proposal-refuse"),
    path(_AGENT, views.agent, name="agent"),
    path(f"{_AGENT}/edit", views.edit, name="agent-edit"),
    path(f"{_AGENT}/save", views.save, name="agent-save"),
    path(f"{_AGENT}/pause", views.pause, name="agent-pause"),
    path(f"{_AGENT}/resume", views.resume, name="agent-resume"),
    path(f"{_AGENT}/leave", departing.leaving, name="agent-leave"),
    path(f"{_AGENT}/leave/look", departing.look, name="agent-leave-look"),
    path(f"{_AGENT}/leave/cancel", departing.stay, name="agent-stay"),
    path(f"{_AGENT}/take-back", departing.taking_back, name="agent-take-back"),
    path(f"{_AGENT}/ill", departing.illness, name="agent-ill"),
    path(f"{_AGENT}/well", departing.well, name="agent-well"),
    path(f"{_AGENT}/absence", views.add_absence, name="agent-absence"),
    path(f"{_AGENT}/absence/<uuid:absence_id>/clear", views.remove_absence, name="agent-absence-clear"),
    path(f"{_AGENT}/routes/<uuid:route_id>/pause", views.pause_one_route, name="agent-route-pause"),
    path(f"{_AGENT}/routes/<uuid:route_id>/resume", views.resume_one_route, name="agent-route-resume"),
]
