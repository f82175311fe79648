from django.urls import path

from rightaway.web.companies import views

_COMPANY = "companies/<uuid:company_id>"

urlpatterns = [
    path("companies", views.companies, name="companies"),
    path("companies/new", views.new, name="company-new"),
    path("companies/create", views.create, name="company-create"),
    path(_COMPANY, views.company, name="company"),
    path(f"{_COMPANY}/edit", views.edit, name="company-edit"),
    path(f"{_COMPANY}/save", views.save, name="company-save"),
]
