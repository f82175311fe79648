"""Pieces that are made once: right at every moment, for every reader, in every request."""

import re
import time
from datetime import timedelta

import pytest
from django.template import Context, engines
from django.test import Client
from django.utils import translation

from rightaway.ledger.clock import clock
from rightaway.ledger.recent import Recent
from rightaway.web import formats, kept
from rightaway.work.models import Offer
from tests.calling import new_person
from tests.making import House
from tests.web.test_my_work import browser, page

_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def rendered(source: str, **told: object) -> str:
    return str(engines["django"].from_string(source).template.render(Context(told)))  # type: ignore[attr-defined]


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> "Recent[object, object]":
    fresh: Recent[object, object] = Recent(10)
    monkeypatch.setattr(kept, "_kept", fresh)
    return fresh


def offers_of(client: Client) -> str:
    return page(client, "/work/offers")


def test_a_card_is_made_once_and_counts_down_all_the_same(org: int, pieces: "Recent[object, object]") -> None:
    house = House(org)
    eva = new_person(house.id)
    house.offered(house.item("waiting"), eva.agent_id)
    client = browser(eva)
    first = offers_of(client)
    assert len(pieces) == 1
    with house.inside():
        Offer.objects.update(expires_at=clock() + timedelta(seconds=15))
    late = offers_of(client)
    time.sleep(1.1)
    later = offers_of(client)
    assert len(pieces) == 1
    left = [re.findall(r"data-left>(\d:\d\d)", shown)[0] for shown in (first, late, later)]
    assert left[0] > left[1] > left[2] and " late" in later


def test_a_form_has_the_token_of_its_own_request(org: int) -> None:
    house = House(org)
    eva = new_person(house.id)
    house.offered(house.item("waiting"), eva.agent_id)
    client = browser(eva)
    tokens = [_TOKEN.findall(offers_of(client)) for _ in range(2)]
    assert all(len(found) >= 2 for found in tokens)
    assert not set(tokens[0]) & set(tokens[1])


def test_each_reader_has_their_own_language_region_and_zone(pieces: "Recent[object, object]") -> None:
    source = '{% kept "my_work/answers.html" gaps %}'
    gaps = {"id": "0198f3a0-0000-7000-8000-000000000001"}
    with formats.for_reader("US", "America/New_York"), translation.override("en"):
        english = rendered(source, gaps=gaps, request=object_with_token())
    with formats.for_reader("ES", "Europe/Madrid"), translation.override("es"):
        spanish = rendered(source, gaps=gaps, request=object_with_token())
    assert "Accept" in english and "Aceptar" in spanish and len(pieces) == 2
    assert english.count(gaps["id"]) == spanish.count(gaps["id"]) == 10


def object_with_token() -> object:
    return type("Asked", (), {"form_token": ""})()


def test_what_a_piece_is_told_by_its_user_is_text() -> None:
    hostile = '"><script>\0title\0 %(title)s 100 %'
    with formats.for_reader("US", "UTC"):
        found = rendered('{% kept "my_work/answers.html" gaps %}', gaps={"id": hostile}, request=object_with_token())
    assert "<script>" not in found
    assert found.count("&quot;&gt;&lt;script&gt;\0title\0 %(title)s 100 %") == 10


def test_a_percent_in_a_template_stays_one() -> None:
    engine = engines["django"].engine  # type: ignore[attr-defined]
    source = engine.from_string('{% gap "id" %} of 100 %, {{ look }}')
    with formats.for_reader("US", "UTC"), kept.keeping():
        made = source.render(Context({"look": "50 %"}))
    piece = kept.Piece(kept.with_gaps(made))
    assert piece.filled({"id": "7 %"}) == piece.partly({"id": "7 %"}).filled({}) == "7 % of 100 %, 50 %"


def test_a_piece_is_filled_at_once_or_in_steps() -> None:
    piece = kept.Piece("%(one)s, %(two)s, %(one)s, 100 %%")
    hostile = "<%(two)s> 5 %% \0one\0"
    steps = piece.partly({"one": hostile}).partly({"three": "?"}).filled({"two": "%(one)s"})
    assert steps == piece.filled({"one": hostile, "two": "%(one)s"})
    assert steps.startswith("&lt;%(two)s&gt; 5 %% \0one\0, %(one)s, ") and steps.endswith(", 100 %")
    with pytest.raises(KeyError):
        piece.partly({"one": ""}).filled({})


def test_a_piece_that_shows_the_time_outside_of_a_gap_is_a_mistake(pieces: "Recent[object, object]") -> None:
    with (
        formats.for_reader("US", "UTC", clock()),
        kept.keeping(),
        pytest.raises(AssertionError, match="shows the time in its gaps only"),
    ):
        formats.ago(clock())


def test_only_the_latest_are_remembered() -> None:
    recent: Recent[int, str] = Recent(2)
    for number in range(5):
        recent[number] = str(number)
    recent.update({7: "7"})
    assert dict(recent) == {4: "4", 7: "7"}
