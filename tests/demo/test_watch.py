"""What `rightaway watch` says of the events behind the hints."""

from django.utils import translation

from rightaway.accounts.actor import SYSTEM
from rightaway.cli.watching import Feed, Hint, counts, floor
from rightaway.ledger.retry import retried
from rightaway.ledger.tenancy import organisation
from rightaway.people.models import AgentState
from rightaway.people.schema import AgentIn
from rightaway.routing.schema import RouteIn, RouteSet
from rightaway.work.actions.publish import publish
from rightaway.work.actions.receive import receive
from rightaway.work.actions.route import route_organisation
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_draft import save_draft
from rightaway.work.enquiry import Enquiry


def test_each_event_is_told_once_with_its_reason_in_the_reader_s_language(org: int) -> None:
    with organisation(org):
        save_agent(agent=AgentIn(key="ana", name="Ana Núñez"), actor=SYSTEM)
        AgentState.objects.update(presence="available")
        save_draft(routes=RouteSet(routes=[RouteIn(name="All", act="assign")]), actor=SYSTEM)
        publish(actor=SYSTEM)
        item = receive(enquiry=Enquiry(source="web", name="Ben", language="en"), actor=SYSTEM).item_id
    feed = Feed()
    hint: Hint = ("item", str(item), "received")
    with organisation(org, read_only=True):
        assert [line.text for line in feed.lines([hint])] == ["Ben asks (web, en)."]
        assert feed.lines([hint]) == []
    retried(lambda: route_organisation(org))
    with organisation(org, read_only=True), translation.override("es"):
        (line,) = feed.lines([("item", str(item), "assigned"), ("item", str(item), "assigned")])
        assert line.text.startswith("Ben: ")
        assert "Ana Núñez" in line.text
        assert "All" in line.text
        assert counts() == {"waiting": 0, "offered": 0, "assigned": 1, "pooled": 0}
        (ana,) = floor()
        assert (ana.name, ana.presence, ana.load, ana.capacity) == ("Ana Núñez", "available", 100, 1000)
