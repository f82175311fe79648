"""Addresses below /api/: the resources, their description, and a problem for everything else."""

from django.urls import URLPattern, path, re_path

from rightaway.api.description import openapi, page
from rightaway.api.door import guarded, plain, read_only, unknown
from rightaway.api.main import api


def _resources() -> list[URLPattern]:
    return [
        path(f"v1/{address.lstrip('/').replace('{', '<').replace('}', '>')}", guarded(path_view))
        for router in api._get_bound_routers()
        for address, path_view in router.path_operations.items()
    ]


urlpatterns = [
    *_resources(),
    path("v1/openapi.json", plain(read_only(openapi)), name="openapi"),
    path("docs", plain(read_only(page)), name="api-docs"),
    re_path(r"", plain(unknown)),
]
