"""Every address: the API below /api/, the pages elsewhere."""

from django.urls import include, path

urlpatterns = [path("api/", include("rightaway.api.urls")), path("", include("rightaway.web.urls"))]
handler400 = "rightaway.web.errors.views.malformed"
handler403 = "rightaway.web.errors.views.not_allowed"
handler404 = "rightaway.web.errors.views.not_found"
handler429 = "rightaway.web.errors.views.too_many"  # of allauth's limits
handler500 = "rightaway.web.errors.views.failed"
