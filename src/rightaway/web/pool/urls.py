from django.urls import path

from rightaway.web.pool import views

urlpatterns = [
    path("pool", views.pool, name="pool"),
    path("pool/rows", views.rows, name="pool-rows"),
    path("pool/<uuid:item_id>/claim", views.claim_item, name="pool-claim"),
]
