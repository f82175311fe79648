from django.urls import path

from rightaway.web.search import views

urlpatterns = [path("search", views.search, name="search"), path("search/found", views.found, name="search-found")]
