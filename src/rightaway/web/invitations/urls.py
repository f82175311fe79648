from django.urls import path

from rightaway.web.invitations import views

urlpatterns = [
    path("team/invitations", views.inviting, name="invitations"),
    path("team/invitations/<uuid:invitation_id>/revoke", views.revoke, name="invitation-revoke"),
]
