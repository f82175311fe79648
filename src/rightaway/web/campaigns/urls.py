from django.urls import path

from rightaway.web.campaigns import views

urlpatterns = [
    path("settings/campaigns", views.campaigns, name="campaigns"),
    path("settings/campaigns/new", views.making, name="campaign-new"),
    path("settings/campaigns/<uuid:campaign_id>", views.editing, name="campaign"),
]
