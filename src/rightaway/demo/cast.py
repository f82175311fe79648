"""Whom somebody who looks at the demo may be, with one click."""

from typing import Final

COMPANY_MANAGER: Final = "lucia.ferrer"
# Played by whoever looks at the demo: the flow leaves them alone.
AGENTS: Final = ("noor.castellanos", "yusuf.demirel", "aiko.lindgren")
ONE_CLICK: Final = (COMPANY_MANAGER, "tomas.okafor", *AGENTS)
