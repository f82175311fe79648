"""The console's words, in the shell's language. Django's are not loaded yet when a server starts or is examined."""

import gettext
import os
from functools import cache
from pathlib import Path


def shell_language() -> str:
    """es or en, as LC_ALL, LC_MESSAGES or LANG say."""
    found = next((os.environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(name)), "")
    return "es" if found.lower().startswith("es") else "en"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = Path(__file__).parent / "locale"
    return gettext.translation("django", folder, [language], fallback=True)


def _(text: str) -> str:
    return _catalogue(shell_language()).gettext(text)
