from django.urls import path

from rightaway.web.bulk import one, views

urlpatterns = [
    path("bulk", views.jobs, name="bulk"),
    path("bulk/all", views.whole, name="bulk-all"),
    path("bulk/new", views.new, name="bulk-new"),
    path("bulk/outcome", views.outcome, name="bulk-outcome"),
    path("bulk/start", views.start, name="bulk-start"),
    path("bulk/<uuid:bulk_id>", views.job, name="bulk-job"),
    path("bulk/<uuid:bulk_id>/part", views.job_part, name="bulk-part"),
    path("bulk/<uuid:bulk_id>/stop", views.stop, name="bulk-stop"),
    path("bulk/<uuid:bulk_id>/confirm", views.confirm, name="bulk-confirm"),
    path("bulk/<uuid:bulk_id>/undo", views.undo, name="bulk-undo"),
    path("bulk/<uuid:bulk_id>/retry", views.retry, name="bulk-retry"),
    path("contacts/<uuid:item_id>/menu", one.menu, name="contact-menu"),
    path("contacts/<uuid:item_id>/do/priority", one.set_priority, name="contact-priority"),
    path("contacts/<uuid:item_id>/do/put-back", one.give_again, name="contact-put-back"),
]
