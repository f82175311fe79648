from django.urls import path

from rightaway.web.oversight import views

urlpatterns = [
    path("team/oversight", views.oversight, name="oversight"),
    path("team/oversight/table", views.table, name="oversight-table"),
]
