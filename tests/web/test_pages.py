"""The pages as a browser meets them: set-up, signing in and out, languages, errors."""

import re
import time
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from rightaway.accounts import setup
from rightaway.accounts.models import User
from rightaway.accounts.roles import Role
from rightaway.web.headers import POLICY
from rightaway.web.session_age import refresh
from rightaway.work.actions.found import add_member

PASSWORD = "a sentence that nobody guesses"


@pytest.fixture
def link(owner_dsn: str) -> str:
    token = setup.new_token()
    with psycopg.connect(owner_dsn) as owner:
        owner.execute(
            "INSERT INTO accounts_setuplink VALUES (%s, clock_timestamp() + interval '1 hour')", [setup.digest(token)]
        )
    return f"/setup/{token}"


def _form(**changed: str) -> dict[str, str]:
    return {
        "organisation": "Casa & Co.", "name": "Ana", "email": f"{uuid4()}@example.com", "password": PASSWORD,
        "language": "es", "zone": "America/Bogota", **changed,
    }  # fmt: skip


@pytest.fixture
def member(org: int) -> User:
    user = User.objects.create_user(f"{uuid4()}@example.com", PASSWORD, name="Ana")
    add_member(organisation_id=org, user=user, role=Role.COMPANY_MANAGER)
    return user


def _signed_in(user: User, **options: Any) -> Client:
    client = Client(**options)
    answer = client.post("/sign-in", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302, answer.content.decode()
    return client


def test_the_link_of_a_first_run_works_once(link: str) -> None:
    form = _form()
    assert Client().get(link).status_code == 200
    done = Client().post(link, form)
    assert (done.status_code, done["Location"]) == (302, "/sign-in?next=%2Fstart")
    assert Client().get(link).status_code == 404
    assert Client().post(link, _form()).status_code == 404
    page = (
        _signed_in(User.objects.get(email=form["email"])).get("/me", headers={"accept-language": "en"}).content.decode()
    )
    assert "Casa &amp; Co." in page
    assert "Gerencia general" in page  # the language that was chosen, not the browser's


def test_a_wrong_form_founds_nothing_and_keeps_the_link(link: str) -> None:
    for wrong in (
        {"password": "short"}, {"password": "password1234"}, {"email": "nobody"}, {"zone": "Mars/Olympus"},
        {"organisation": " "}, {"language": "xx"}, {"name": "a\0b"},
    ):  # fmt: skip
        answer = Client().post(link, _form(**wrong))
        assert answer.status_code == 422, wrong
        assert 'aria-invalid="true"' in answer.content.decode()
    assert Client().get(link).status_code == 200


def test_the_link_is_stored_hashed_and_ends(link: str, owner_dsn: str) -> None:
    token = link.rsplit("/", 1)[1]
    with psycopg.connect(owner_dsn, autocommit=True) as owner:
        stored = owner.execute("SELECT hash FROM accounts_setuplink WHERE hash = %s", [setup.digest(token)]).fetchone()
        assert stored is not None
        assert token.encode() not in stored[0]
        owner.execute("UPDATE accounts_setuplink SET expires_at = clock_timestamp() WHERE hash = %s", [stored[0]])
    assert Client().get(link).status_code == 404
    assert Client().post(link, _form()).status_code == 404


@pytest.mark.parametrize("what", ["password", "switched off", "stolen"])
def test_a_session_ends_with_its_password_and_its_user(member: User, what: str) -> None:
    """Also for the parts that an open page reads; whoever only writes a user's id into a session is nobody."""
    client, other = _signed_in(member), _signed_in(member)
    assert client.get("/frame/bell").status_code == 200
    if what == "password":
        member.set_password(f"{PASSWORD}!")
        member.save()
    elif what == "switched off":
        User.objects.filter(id=member.id).update(is_active=False)
    else:
        session = client.session
        session["_auth_user_hash"] = "0" * 64
        session.save()
    answer = client.get("/frame/bell", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in")
    assert client.get("/work").status_code == 302
    assert other.get("/work").status_code == (200 if what == "stolen" else 302)


def test_strangers_are_sent_to_sign_in_and_members_see_their_home(member: User) -> None:
    assert Client().get("/")["Location"] == "/sign-in"
    assert Client().get("/me?a=b")["Location"] == "/sign-in?next=%2Fme%3Fa%3Db"
    client = _signed_in(member)
    assert client.get("/")["Location"] == "/contacts"
    assert member.email in client.get("/me").content.decode()
    assert client.session["organisation_id"]


def test_a_wrong_password_says_nothing_about_the_account(member: User) -> None:
    def said(**form: str) -> str:
        page = Client().post("/sign-in", form, headers={"accept-language": "es"}).content.decode()
        return "".join(re.findall(r'role="alert">(.*?)<', page))

    assert said(login=member.email, password="wrong" * 3) == said(login="nobody@example.com", password="wrong" * 3)
    assert "no coinciden" in said(login=member.email, password="wrong" * 3)


def test_signing_out_ends_the_session_and_needs_a_post(member: User) -> None:
    client = _signed_in(member)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out")["Clear-Site-Data"]
    assert client.get("/")["Location"] == "/sign-in"


def test_whoever_is_no_longer_a_member_is_signed_out(member: User, org: int) -> None:
    from rightaway.accounts.models import Membership
    from rightaway.ledger.tenancy import organisation

    client = _signed_in(member)
    with organisation(org):
        Membership.objects.filter(user=member).update(active=False)
    assert client.get("/")["Location"] == "/sign-in"
    assert client.get("/")["Location"] == "/sign-in"


def test_a_form_of_another_site_is_refused(member: User) -> None:
    client = _signed_in(member)
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    refused = strict.post("/sign-out", headers={"accept-language": "en"})
    assert refused.status_code == 403
    assert strict.get("/me").status_code == 200


def test_the_language_switch_holds_and_goes_only_where_it_came_from(member: User) -> None:
    client = Client(headers={"accept-language": "en"})
    assert "Sign in" in client.get("/sign-in").content.decode()
    assert client.post("/language", {"language": "es", "next": "/sign-in"})["Location"] == "/sign-in"
    assert "Entrar" in client.get("/sign-in").content.decode()
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example/", "sign-in", ""):
        assert client.post("/language", {"language": "xx", "next": elsewhere})["Location"] == "/"
    _signed_in(member).post("/language", {"language": "es"})
    assert User.objects.get(pk=member.pk).language == "es"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing/here"])
def test_every_answer_forbids_what_we_do_not_use(path: str) -> None:
    answer = Client().get(path)
    assert answer["Content-Security-Policy"] == POLICY
    assert "unsafe" not in POLICY
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cache-Control"].startswith(("no-store", "max-age=0"))
    assert answer["X-Request-Id"]


def test_pages_have_no_inline_script_or_style(member: User) -> None:
    page = _signed_in(member).get("/me").content.decode() + Client().get("/sign-in").content.decode()
    assert not re.search(r"<script(?![^>]*src=)|<style| style=| on\w+=", page)


def test_a_page_that_is_not_there_says_so_in_the_reader_s_language() -> None:
    answer = Client().get("/nothing/here", headers={"accept-language": "es-MX,es;q=0.9"})
    assert answer.status_code == 404
    assert "Aquí no hay nada" in answer.content.decode()


def test_passwords_are_hashed_with_argon2(member: User) -> None:
    assert member.password.startswith("argon2$argon2id$")


def test_a_session_ends_when_idle_and_after_a_week(member: User) -> None:
    class Request:
        def __init__(self, session: Any) -> None:
            self.session = session

    now = int(time.time())
    for later, alive in ((11 * 3600, True), (13 * 3600, False)):
        request = Request(_signed_in(member).session)
        refresh(request, now + later)  # type: ignore[arg-type]
        assert bool(request.session.get("signed_in_at")) is alive
    request = Request(_signed_in(member).session)
    for hours in range(0, 7 * 24, 6):
        refresh(request, now + hours * 3600)  # type: ignore[arg-type]
        assert request.session.get("signed_in_at"), hours
    refresh(request, now + settings.SESSION_LONGEST_SECONDS + 60)  # type: ignore[arg-type]
    assert not request.session.get("signed_in_at")


def test_guessing_is_slowed_down(member: User) -> None:
    from django.core.cache import cache

    cache.clear()
    statuses = [
        Client(REMOTE_ADDR="192.0.2.77").post("/sign-in", {"login": member.email, "password": "wrong" * 3})
        for _ in range(12)
    ]
    said = statuses[-1].content.decode()
    assert "Too many attempts" in said or statuses[-1].status_code == 429
    cache.clear()
    assert connection.vendor == "postgresql"
