from django.urls import path

from rightaway.web.contacts import views

urlpatterns = [
    path("contacts", views.contacts, name="contacts"),
    path("contacts/rows", views.rows, name="contacts-rows"),
    path("contacts/rows/again", views.rows_again, name="contacts-again"),
    path("contacts/head", views.head, name="contacts-head"),
    path("contacts/export", views.exporting, name="contacts-export"),
    path("contacts/summary", views.summary, name="contacts-summary"),
    path("contacts/rows/<uuid:item_id>", views.row, name="contacts-row"),
    path("contacts/assign/<uuid:item_id>", views.assigning, name="contacts-assign"),
    path("contacts/roles/<uuid:item_id>/<uuid:role_id>", views.assigning_role, name="contacts-role"),
    path("contacts/roles/<uuid:item_id>/<uuid:role_id>/offer", views.offering_role, name="contacts-role-offer"),
    path("contacts/offer/<uuid:item_id>", views.offering, name="contacts-offer"),
    path("contacts/claim/<uuid:item_id>", views.claiming, name="contacts-claim"),
    path("contacts/log/<uuid:item_id>", views.logging, name="contacts-log"),
    path("contacts/rescind/<uuid:offer_id>", views.rescinding, name="contacts-rescind"),
]
