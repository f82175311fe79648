"""The description of the API: OpenAPI 3.1, with every problem that an operation can answer, and a page to read it."""

import base64
import hashlib
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from ninja.operation import Operation

from rightaway.accounts.keys import SCOPES
from rightaway.api.main import api
from rightaway.ledger import errors
from rightaway.ledger.errors import RightawayError
from rightaway.ledger.idempotency import KEPT_HOURS, LONGEST_KEY

PREFIX = "/api/v1"
_PROBLEM = "application/problem+json"

_CSS: Final = (
    "body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}"
    "h3{font-size:1rem;margin-top:2rem}code{font-family:ui-monospace,monospace}table{border-collapse:collapse}"
    "caption{text-align:start;font-weight:600}th,td{text-align:start;padding:.15rem .75rem .15rem 0;font-weight:400}"
    "@media(prefers-color-scheme:dark){:root{color-scheme:dark}}"
)

_ALWAYS = (400, 401, 403, 404, 405, 413, 422, 500)
_WRITES = (409, 415, 503)


def problem_types() -> list[type[RightawayError]]:
    """Every error of the tree that has a type of its own."""
    found = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, RightawayError)]
    return sorted({each.slug: each for each in reversed(found)}.values(), key=lambda each: (each.status, each.slug))


@cache
def schema() -> dict[str, Any]:
    """The OpenAPI document."""
    found: dict[str, Any] = json.loads(json.dumps(api.get_openapi_schema(path_prefix=PREFIX), default=str))
    operations = {
        (operation_id, method.lower()): operation
        for router in api._get_bound_routers()
        for view in router.path_operations.values()
        for operation in view.operations
        for method in operation.methods
        if (operation_id := operation.operation_id)
    }
    for methods in found["paths"].values():
        for method, described in methods.items():
            _complete(described, operations[described["operationId"], method], writes=method != "get")
    found["components"]["schemas"]["Problem"] = _problem_schema()
    found["components"]["securitySchemes"] = {
        "key": {"type": "http", "scheme": "bearer", "description": f"An API key. Scopes: {', '.join(sorted(SCOPES))}."}
    }
    found["security"] = [{"key": []}]
    found["info"]["description"] = (
        "Hands every lead, contact, case, opportunity or work order to the right agent. "
        "Ids that do not exist and ids that you may not see are answered alike, with 404."
    )
    return found


def _complete(described: dict[str, Any], operation: Operation, *, writes: bool) -> None:
    """Adds what holds for every operation: headers, and the problems it may answer."""
    view = operation.view_func
    parameters = described.setdefault("parameters", [])
    for parameter in parameters:
        parameter["schema"] = _without_null(parameter["schema"])
    statuses = [*_ALWAYS, *(_WRITES if writes else ())]
    if writes and not getattr(view, "takes_no_key", False):
        parameters.append(_key_parameter(required=getattr(view, "needs_key", False)))
    if getattr(view, "needs_condition", False):
        parameters.append(
            {"in": "header", "name": "If-Match", "required": True, "schema": {"type": "string", "minLength": 1},
             "description": "The ETag that was read, or * for whatever is there."}
        )  # fmt: skip
        statuses += [412, 428]
    titles = {status: _titles(status) for status in sorted(statuses)}
    for status, text in titles.items():
        described["responses"][str(status)] = {
            "description": text,
            "content": {_PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }


def _without_null(described: dict[str, Any]) -> dict[str, Any]:
    """A parameter in an address can be left out, but not be null."""
    kinds = [each for each in described.get("anyOf", ()) if each != {"type": "null"}]
    return {"title": described.get("title", ""), **kinds[0]} if len(kinds) == 1 else described


def _key_parameter(*, required: bool) -> dict[str, Any]:
    return {
        "in": "header", "name": "Idempotency-Key", "required": required,
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": "^[!-~]+$"},
        "description": f"Sent again with the same body within {KEPT_HOURS} hours, the request gives the same answer "
        "and does nothing.",
    }  # fmt: skip


def _titles(status: int) -> str:
    return " ".join(f"`{each.slug}`: {each.title()}" for each in problem_types() if each.status == status)


def _problem_schema() -> dict[str, Any]:
    text = {"type": "string"}
    return {
        "type": "object",
        "description": "What went wrong (RFC 9457). `type` is stable, and described in the reference.",
        "required": ["type", "title", "status", "instance"],
        "properties": {
            "type": {"type": "string", "enum": [f"/problems/{each.slug}" for each in problem_types()]},
            "title": text, "status": {"type": "integer"}, "detail": text,
            "instance": {"type": "string", "description": "The request's id."},
            "errors": {
                "type": "array",
                "items": {
                    "type": "object", "required": ["pointer", "detail"],
                    "properties": {"pointer": text, "detail": text},
                },
            },
            "parameters": {"type": "object"},
        },
    }  # fmt: skip


@cache
def _text() -> str:
    return json.dumps(schema(), ensure_ascii=False)


def openapi(request: HttpRequest, **parameters: Any) -> HttpResponse:
    """The OpenAPI document. It says nothing about any organisation, so it needs no key."""
    return HttpResponse(_text(), content_type="application/json; charset=utf-8")


def page(request: HttpRequest, **parameters: Any) -> HttpResponse:
    """The same to read, without a script."""
    language = translation.get_language()
    response = HttpResponse(_page(language))
    response["Content-Language"] = language
    digest = base64.b64encode(hashlib.sha256(_CSS.encode()).digest()).decode()
    response["Content-Security-Policy"] = f"default-src 'none'; style-src 'sha256-{digest}'; frame-ancestors 'none'"
    return response


@cache
def _page(language: str) -> str:
    found = schema()
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, methods in found["paths"].items():
        for method, described in methods.items():
            entry = {**described, "method": method.upper(), "path": path, **_body(described, found)}
            groups.setdefault(described["tags"][0], []).append(entry)
    problems = [{"slug": each.slug, "status": each.status, "title": _(each.title())} for each in problem_types()]
    template = Engine(dirs=[str(Path(__file__).parent)], builtins=["django.templatetags.i18n"]).get_template(
        "description.html"
    )
    values = {"language": language, "css": mark_safe(_CSS), "about": found["info"]["description"]}  # noqa: S308 - ours
    return template.render(Context({**values, "groups": list(groups.items()), "problems": problems}))


def _body(described: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    """The fields of the operation's body, as a list to read."""
    content = described.get("requestBody", {}).get("content", {})
    reference = content.get("application/json", {}).get("schema", {}).get("$ref", "")
    body = found["components"]["schemas"].get(reference.rsplit("/", 1)[-1], {})
    required = body.get("required", ())
    return {
        "body": body.get("description", ""),
        "fields": [
            {"name": name, "kind": _kind(field), "required": name in required}
            for name, field in body.get("properties", {}).items()
        ],
    }


def _kind(field: dict[str, Any]) -> str:
    if "enum" in field:
        return " | ".join(map(str, field["enum"]))
    if "anyOf" in field:
        return " | ".join(dict.fromkeys(_kind(each) for each in field["anyOf"]))
    return str(field.get("type") or field.get("$ref", "").rsplit("/", 1)[-1])
