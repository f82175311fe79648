"""Every page that people see. Pictures (`./dev shots`) and axe go through this list: add yours."""

from dataclasses import dataclass
from typing import Final

MANAGERS: Final = ("company_manager", "agent_manager")
EVERYBODY: Final = (*MANAGERS, "agent")


@dataclass(frozen=True, slots=True)
class Shown:
    """`path` may hold {item}, {contact}, {company}, {agent} or {route}: the first that its viewer can see.

    `roles`: who looks at it; nobody: a stranger does. `empty`: it says something where there is no data.
    `press`: selectors that are pressed in this order before the picture, `on_phone` instead where that differs, then
    `keys`; `then`: what must come of it.
    """

    name: str
    path: str
    roles: tuple[str, ...] = EVERYBODY
    empty: bool = False
    press: tuple[str, ...] = ()
    on_phone: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    then: str = ""


SHOWN: Final = [
    Shown("sign-in", "/sign-in", roles=()),
    Shown("not-there", "/nothing/here", roles=()),
    Shown("not-there-for-you", f"/contacts/{'0' * 8}-0000-7000-8000-{'0' * 12}", roles=("agent",)),
    Shown("not-allowed", "/team/agents/new", roles=("agent",)),
    Shown("contact-new", "/contacts/new", roles=("company_manager", "agent")),
    Shown("contact-edit", "/contacts/{contact}/edit", roles=("company_manager",)),
    Shown("contact-merge", "/contacts/{contact}/merge?find=a", roles=("company_manager",)),
    Shown("duplicates", "/contacts/duplicates", roles=("company_manager",), empty=True),
    Shown("companies", "/companies", roles=("company_manager",), empty=True),
    Shown("company", "/companies/{company}", roles=("company_manager",)),
    Shown("company-new", "/companies/new", roles=("company_manager",)),
    Shown("fields", "/settings/fields", roles=("company_manager",), empty=True),
    Shown("field-new", "/settings/fields/new", roles=("company_manager",)),
    Shown("conversations", "/conversations", roles=("company_manager", "agent"), empty=True),
    Shown("held", "/conversations/held", roles=("company_manager",)),
    Shown("sources", "/settings/sources", roles=("company_manager",), empty=True),
    Shown("source", "/settings/sources/new", roles=("company_manager",)),
    Shown("agents", "/team/agents", roles=("company_manager",)),
    Shown("search", "/search?q=a", roles=("company_manager", "agent")),
    Shown("searching", "/contacts?view=priority", roles=("company_manager",), keys=("/", *"an")),
    Shown("commands", "/contacts", roles=("company_manager", "agent"), keys=("Control+k",)),
    Shown("notifications", "/notifications", roles=("agent",), empty=True),
    Shown("bell", "/me", roles=("agent",), press=("#bell-button",)),
    Shown("invite", "/team/invitations", roles=MANAGERS, empty=True),
    Shown("start-team", "/start/team", roles=("company_manager",), empty=True),
    Shown("start-agents", "/start/agents", roles=("company_manager",), empty=True),
    Shown("start-source", "/start/source", roles=("company_manager",), empty=True),
    Shown("start-route", "/start/route", roles=("company_manager",), empty=True),
    Shown("start-lead", "/start/lead", roles=("company_manager",), empty=True),
    Shown("routes", "/routes", roles=("company_manager",), empty=True),
    Shown("route", "/routes/{route}", roles=("company_manager", "agent_manager")),
    Shown("routes-history", "/routes/history/1", roles=("company_manager",)),
    Shown(
        "shortcuts",
        "/me",
        roles=("company_manager",),
        press=("#help:visible, .me:visible", "[data-opens=shortcuts]:visible"),
    ),
    Shown("my-work", "/work", roles=("agent",), empty=True),
    Shown("my-work-decline", "/work", roles=("agent",), press=("[popovertarget^=decline-]",), then="[id^=decline-]"),
    Shown("my-work-log", "/work", roles=("agent",), press=("[data-logs]",), then="#doing-log"),
    Shown("contacts", "/contacts", empty=True),
    Shown("view-new", "/contacts/views/new?view=all&status=working", roles=("company_manager", "agent")),
    Shown("contacts-team", "/contacts?view=team", roles=("company_manager",)),
    Shown("contacts-all", "/contacts?view=all&density=compact", roles=("agent_manager",)),
    Shown("contacts-picker", "/contacts?view=all", roles=("agent_manager",), press=("[data-picker]",), then="#picker"),
    Shown(
        "contacts-bulk",
        "/contacts?view=all",
        roles=("agent_manager",),
        press=("[data-pick-page]",),
        on_phone=("#list-more", "[data-picking]", "[data-pick]"),
        then="#bulk-bar",
    ),
    Shown(
        "contacts-menu", "/contacts?view=all", roles=("agent_manager",), press=("[data-row-menu]",), then="#row-menu"
    ),
    Shown(
        "bulk-assign",
        "/contacts?view=all",
        roles=("company_manager",),
        press=("[data-row-menu]", "#row-menu [data-bulk=assign]"),
        then="#bulk-dialog",
    ),
    Shown("bulk", "/bulk", roles=("company_manager",), empty=True),
    Shown("contacts-filter", "/contacts", roles=("agent_manager",), press=("[data-chip] summary",), then=".chip-panel"),
    Shown("contacts-add-filter", "/contacts?view=all", roles=("company_manager",), keys=("f",), then="#filter-say"),
    Shown("contacts-attention", "/contacts?view=attention", roles=("company_manager",)),
    Shown("oversight", "/team/oversight", roles=("agent_manager",)),
    Shown("settings-basics", "/settings/basics", roles=("company_manager",)),
    Shown("settings-statuses", "/settings/statuses", roles=("company_manager",)),
    Shown("contacts-assign", "/contacts/assign/{item}", roles=("agent_manager",)),
    Shown("pool", "/pool", roles=("company_manager", "agent"), empty=True),
    Shown("pool-picker", "/pool", roles=("company_manager",), press=("[data-picker]",), then="#picker"),
    Shown("contact", "/contacts/{item}", roles=("company_manager", "agent")),
    Shown("contact-why", "/contacts/{item}?panel=why", roles=("agent_manager",)),
    Shown("contact-picker", "/contacts/{item}", roles=("company_manager",), press=("#profile-assign",), then="#picker"),
    Shown("roles", "/settings/roles", roles=("company_manager",), empty=True),
    Shown("role-new", "/settings/roles/new", roles=("company_manager",)),
    Shown("campaigns", "/settings/campaigns", roles=("company_manager",), empty=True),
    Shown("sequences", "/settings/sequences", roles=("company_manager",), empty=True),
    Shown("sequence-new", "/settings/sequences/new", roles=("company_manager",)),
    Shown("campaign-new", "/settings/campaigns/new", roles=("company_manager",)),
    Shown("agent", "/team/agents/{agent}", roles=("company_manager", "agent")),
    Shown("agents-import", "/team/agents/import", roles=("company_manager",)),
    Shown("proposals", "/team/proposals", roles=("company_manager",), empty=True),
    Shown("agent-leave", "/team/agents/{agent}/leave", roles=("company_manager",)),
    Shown("agent-ill", "/team/agents/{agent}/ill", roles=("company_manager", "agent")),
    Shown("agent-edit", "/team/agents/{agent}/edit", roles=("company_manager",)),
    Shown("agent-new", "/team/agents/new", roles=("company_manager",)),
    Shown("me", "/me", roles=("company_manager", "agent")),
    Shown("me-menu", "/me", roles=("agent_manager",), press=(".me",), then="#me-menu"),
    Shown("presence-menu", "/me", roles=("agent_manager",), press=("#presence-now",), then="#presence-menu"),
]
