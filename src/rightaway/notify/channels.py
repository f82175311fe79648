"""Where news goes. A channel is one folder and one line here."""

from collections.abc import Callable, Sequence
from typing import Final

from rightaway.notify.in_app.deliver import deliver as in_app
from rightaway.notify.reactions import News

# Runs in the relay's transaction, and returns the hints that it adds: [kind, id, event].
Channel = Callable[[Sequence[News]], list[list[str]]]

CHANNELS: Final[tuple[Channel, ...]] = (in_app,)
