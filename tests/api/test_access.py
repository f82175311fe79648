"""Who gets in: keys, sessions, and what they may do."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.calling import Api, Person, new_key, new_person

from rightaway.accounts.models import ApiKey, Membership, User
from rightaway.ledger.tenancy import organisation


def signed_in(person: Person, org: int, *, csrf: bool = True) -> Client:
    """A browser in which this person has signed in."""
    client = Client(enforce_csrf_checks=csrf, SERVER_NAME="localhost")
    client.force_login(person.user, backend="allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["organisation_id"] = org
    session["signed_in_at"] = int(time.time())
    session.save()
    return client


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer x", "Basic abc", "Bearer ra_1_short", "Bearer ra_0_" + "a" * 43,
     "Bearer ra_99999_" + "a" * 43, "Bearer ra_40000_" + "a" * 43, "Bearer ra_1_" + "a" * 44,
     "Bearer ra_1_" + "é" * 43],
)  # fmt: skip
def test_what_is_no_key_does_not_get_in(header: str) -> None:
    answer = Client(SERVER_NAME="localhost").get("/api/v1/me", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_of_another_organisation_with_our_number_does_not_get_in(org: int, other_org: int) -> None:
    secret = new_key(other_org)
    forged = re.sub(r"^ra_\d+_", f"ra_{org}_", secret)
    assert Api(secret).get("/me").status_code == 200
    assert Api(forged).get("/me").status_code == 401


def test_keys_are_kept_as_hashes_only(org: int) -> None:
    secret = new_key(org)
    with organisation(org):
        row = ApiKey.objects.get()
        kept = repr({field.name: getattr(row, field.attname) for field in row._meta.fields})
    assert secret not in kept and secret.split("_", 2)[2] not in kept


def test_a_key_is_made_listed_and_revoked(api: Api) -> None:
    made = api.post("/keys", {"name": "form", "scopes": ["item.create"]})
    assert made.status_code == 201
    secret = made.json()["secret"]
    assert Api(secret).lead().status_code == 201
    listed = api.get("/keys")
    assert secret not in listed.content.decode()
    assert {key["name"] for key in listed.json()} == {"form", "test"}
    assert api.post(f"/keys/{made.json()['id']}/revoke").json()["revoked_at"]
    assert Api(secret).lead().status_code == 401


def test_the_answer_with_a_secret_is_never_stored(api: Api) -> None:
    answer = api.post("/keys", {"name": "form", "scopes": ["item.create"]}, Idempotency_Key="k")
    assert answer.status_code == 422


def test_a_key_gives_away_no_more_than_it_has(org: int) -> None:
    narrow = Api(new_key(org, "keys.manage", "item.*"))
    assert narrow.post("/keys", {"name": "a", "scopes": ["item.view"]}).status_code == 201
    assert narrow.post("/keys", {"name": "a", "scopes": ["*"]}).status_code == 403
    assert narrow.post("/keys", {"name": "a", "scopes": ["agent.view"]}).status_code == 403
    assert narrow.post("/keys", {"name": "a", "scopes": ["nonsense"]}).status_code == 422
    assert Api(new_key(org, "item.*")).post("/keys", {"name": "a", "scopes": ["item.view"]}).status_code == 403


def test_a_members_key_acts_as_the_member_and_ends_with_them(api: Api, org: int) -> None:
    eva = new_person(org)
    found = eva.api.get("/me").json()
    assert (found["role"], found["agent"]["id"]) == ("agent", str(eva.agent_id))
    assert eva.api.get("/keys").status_code == 403
    assert eva.api.get("/routes").status_code == 403
    with organisation(org):
        Membership.objects.filter(id=eva.membership_id).update(active=False)
    assert eva.api.get("/me").status_code == 401


def test_an_inactive_user_does_not_get_in(org: int) -> None:
    eva = new_person(org)
    User.objects.filter(id=eva.user.id).update(is_active=False)
    assert eva.api.get("/me").status_code == 401


def test_a_signed_in_member_reads(org: int) -> None:
    eva = new_person(org)
    answer = signed_in(eva, org).get("/api/v1/me")
    assert answer.status_code == 200, answer.content
    assert answer.json()["kind"] == "member"


def test_a_session_needs_the_csrf_token_to_change_anything(org: int) -> None:
    eva = new_person(org)
    client = signed_in(eva, org)
    send: Callable[..., Any] = lambda **headers: client.post(  # noqa: E731
        "/api/v1/presence", {"presence": "break"}, content_type="application/json", headers=headers
    )
    refused = send()
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/csrf-failed")
    token = "a" * 32
    client.cookies["csrf"] = token
    assert send(**{"X-CSRFToken": token}).status_code == 200


def test_a_session_of_no_member_is_nobodys(org: int, other_org: int) -> None:
    eva = new_person(org)
    assert signed_in(eva, other_org).get("/api/v1/me").status_code == 401
    client = signed_in(eva, org)
    with organisation(org):
        Membership.objects.filter(id=eva.membership_id).update(active=False)
    assert client.get("/api/v1/me").status_code == 401


def test_unknown_addresses_and_methods_are_problems(api: Api) -> None:
    for path in ("/nope", "/items/", "//items", "/%00", "/items%2Fnope%2Fevents"):
        answer = api.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["Content-Type"] == "application/problem+json"
    answer = api.send("DELETE", "/items")
    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET")
    assert api.send("GET", "/leads").status_code == 405
    assert api.client.head("/api/v1/items", headers=api.headers).status_code == 405
    assert api.post("/items", {}, X_HTTP_Method_Override="GET").status_code == 405


def test_what_we_did_not_expect_says_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    from rightaway.work import queries

    def broken(*_: Any) -> Any:
        raise ZeroDivisionError("the password is hunter2")

    monkeypatch.setattr(queries, "my_offers", broken)
    answer = api.get("/offers")
    assert (answer.status_code, answer.json()["type"]) == (500, "/problems/internal")
    assert b"hunter2" not in answer.content and b"Traceback" not in answer.content


def test_answers_are_in_the_readers_language(api: Api) -> None:
    said = api.get("/items/nope", Accept_Language="es-MX,es;q=0.9").json()
    assert said["title"] != api.get("/items/nope").json()["title"]
    wrong = api.post("/leads", {"source": "web", "name": 5}, Idempotency_Key="k", Accept_Language="es").json()
    assert wrong["errors"] == [{"pointer": "/name", "detail": "debe ser texto"}]


def test_every_answer_has_its_headers(api: Api) -> None:
    for answer in (api.get("/me"), api.get("/nope"), api.lead()):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Request-Id"]


def test_the_description_needs_no_key_and_no_script() -> None:
    client = Client(SERVER_NAME="localhost")
    assert client.get(reverse("openapi")).json()["openapi"] == "3.1.0"
    page = client.get(reverse("api-docs"))
    assert page.status_code == 200
    assert b"<script" not in page.content and b"http" not in page.content.split(b"<body>")[1].replace(b"https://", b"")
    spanish = client.get(reverse("api-docs"), headers={"Accept-Language": "es"})
    assert b'lang="es"' in spanish.content


def test_a_read_never_writes(api: Api, org: int) -> None:
    from django.db import InternalError

    with pytest.raises(InternalError), organisation(org, read_only=True):
        ApiKey.objects.update(name="x")
