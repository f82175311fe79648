from django.urls import path

from rightaway.web.my_work import views

urlpatterns = [
    path("work", views.my_work, name="work"),
    path("work/offers", views.offers, name="work-offers"),
    path("work/no-offers", views.no_offers, name="work-no-offers"),
    path("work/doing", views.doing, name="work-doing"),
    path("work/side", views.side, name="work-side"),
    path("work/next", views.take_next, name="work-next"),
    path("work/offers/<uuid:offer_id>/accept", views.accept_offer, name="work-accept"),
    path("work/offers/<uuid:offer_id>/decline", views.decline_offer, name="work-decline"),
    path("work/items/<uuid:item_id>/log", views.log, name="work-log"),
    path("work/items/<uuid:item_id>/hand-back", views.give_back, name="work-hand-back"),
    path("work/tasks/<uuid:task_id>/done", views.end_my_task, name="work-task"),
    path("work/routes/<uuid:route_id>", views.switch_route, name="work-route"),
]
