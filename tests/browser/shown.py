"""Every page that people see. Pictures (`./dev shots`) and axe go through this list: add yours."""

from dataclasses import dataclass
from typing import Final

MANAGERS: Final = ("company_manager", "agent_manager")
EVERYBODY: Final = (*MANAGERS, "agent")


@dataclass(frozen=True, slots=True)
class Shown:
    """`path` may hold {item}, {agent} or {route}: the first that its viewer can see.

    `roles`: who looks at it; nobody: a stranger does. `empty`: it says something where there is no data.
    `press`: selectors that are pressed in this order before the picture, then `keys`.
    """

    name: str
    path: str
    roles: tuple[str, ...] = EVERYBODY
    empty: bool = False
    press: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


SHOWN: Final = [
    Shown("sign-in", "/sign-in", roles=()),
    Shown("not-there", "/nothing/here", roles=()),
    Shown("not-there-for-you", f"/contacts/{'0' * 8}-0000-7000-8000-{'0' * 12}", roles=("agent",)),
    Shown("not-allowed", "/team/agents/new", roles=("agent",)),
    Shown("my-work", "/work", roles=("agent",)),
    Shown("contacts", "/contacts", roles=("company_manager", "agent")),
    Shown("pool", "/pool", roles=("agent",)),
    Shown("contact", "/contacts/{item}", roles=("company_manager",)),
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
    Shown("me", "/me", roles=("company_manager", "agent")),
    Shown(
        "shortcuts",
        "/me",
        roles=("company_manager",),
        press=("#help:visible, .me:visible", "[data-opens=shortcuts]:visible"),
    ),
]
