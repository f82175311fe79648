"""The channels of conversations, one line each: by what an answer leaves, and what it counts as in the timeline."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Channel:
    """`way` is how answers reach the customer: email (a delivery) or chat (the visitor's window reads them).

    `touch` is the kind of attempt that an answer is logged as. `icon` is a drawing's name.
    """

    name: str
    way: str
    touch: str
    icon: str


CHANNELS: Final[dict[str, Channel]] = {
    each.name: each
    for each in (
        Channel("email", "email", "email", "mail"),
        Channel("web_form", "email", "email", "globe"),
        Channel("web_chat", "chat", "message", "message-square"),
        Channel("call", "email", "email", "phone"),
    )
}
KINDS_OF_SOURCE: Final = ("web_form", "web_chat", "email")
