"""What the demo's organisation has beside people and routes: fields of its own, a campaign to come, a sequence."""

from datetime import timedelta

from rightaway.accounts.actor import SYSTEM
from rightaway.contacts.models import CustomField
from rightaway.contacts.schema import FieldIn
from rightaway.ledger.clock import clock
from rightaway.people.models import Agent, AgentState
from rightaway.people.schema import RampIn
from rightaway.people.written import agent_settings
from rightaway.work.actions.save_agent import save_agent
from rightaway.work.actions.save_campaign import save_campaign
from rightaway.work.actions.save_field import save_field
from rightaway.work.actions.save_sequence import save_sequence
from rightaway.work.campaigns import CampaignIn
from rightaway.work.drips import SequenceIn, StepIn
from rightaway.work.models import Campaign, Sequence

_DAY = 1440  # minutes


def newcomer(key: str) -> None:
    """This agent came nine days ago: half of their share. Inside the organisation."""
    agent = Agent.objects.get(key=key)
    settings = agent_settings(agent, AgentState.objects.get(agent=agent.id))
    ramp = RampIn(start=(clock() - timedelta(days=9)).date(), weeks=4)
    save_agent(agent=settings.model_copy(update={"ramp": ramp}), actor=SYSTEM)


def furnish() -> None:
    """Only what there is none of: what somebody changes in the demo stays as they want it. Inside the organisation."""
    if not CustomField.objects.exists():
        for field in (
            FieldIn(key="budget", type="money", currency="USD", names={"en": "Budget", "es": "Presupuesto"}, place=1),
            FieldIn(key="bedrooms", type="number", names={"en": "Bedrooms", "es": "Dormitorios"}, place=2),
            FieldIn(key="area", type="text", names={"en": "Area", "es": "Zona"}, place=3),
        ):
            save_field(field=field, actor=SYSTEM)
    if not Campaign.objects.exists():
        begins = clock().replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=9)
        campaign = CampaignIn(
            key="open-house-marina-sur", name="Open house, Marina Sur", starts_at=begins,
            ends_at=begins + timedelta(days=2), sources=["open-house"], teams=["sellers"],
        )  # fmt: skip
        save_campaign(campaign=campaign, actor=SYSTEM)
    if not Sequence.objects.exists():
        steps = [
            StepIn(after_minutes=minutes, text=f"Hello {{first_name}},\n\n{text}\n\n{{agent}}")
            for minutes, text in (
                (0, "thank you for writing to {organisation}. I am looking into it."),
                (2 * _DAY, "would Saturday suit you for a visit?"),
                (5 * _DAY, "are you still looking?"),
            )
        ]
        save_sequence(
            sequence=SequenceIn(key="welcome", name="Welcome", subject="Your search", steps=steps), actor=SYSTEM
        )
