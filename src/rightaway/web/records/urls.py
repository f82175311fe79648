from django.urls import path

from rightaway.web.records import views

_CONTACT = "contacts/<uuid:contact_id>"

urlpatterns = [
    path("contacts/new", views.new, name="contact-new"),
    path("contacts/create", views.create, name="contact-create"),
    path("contacts/duplicates", views.duplicates, name="duplicates"),
    path("contacts/duplicates/<uuid:suggestion_id>/dismiss", views.dismiss, name="duplicate-dismiss"),
    path("contacts/merges/<uuid:merge_id>/undo", views.undo, name="contact-merge-undo"),
    path(f"{_CONTACT}/edit", views.edit, name="contact-edit"),
    path(f"{_CONTACT}/save", views.save, name="contact-save"),
    path(f"{_CONTACT}/merge", views.merge, name="contact-merge"),
    path(f"{_CONTACT}/do/merge", views.do_merge, name="contact-do-merge"),
    path(f"{_CONTACT}/do/archive", views.archive, name="contact-archive"),
    path(f"{_CONTACT}/do/restore", views.restore, name="contact-restore"),
]
