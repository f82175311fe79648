"""The template tag that finds built files: their names carry a hash, so that browsers may keep them for good."""

import json
from functools import cache

from django import template
from django.conf import settings

register = template.Library()


@cache
def _manifest() -> dict[str, str]:
    found: dict[str, str] = json.loads((settings.STATIC_ROOT / "manifest.json").read_text())
    return found


@register.simple_tag
def asset(name: str) -> str:
    """The address of a file of frontend/, by its plain name."""
    return f"{settings.STATIC_URL}{_manifest()[name]}"
