"""Texts as cells of a spreadsheet that somebody opens."""

from typing import Final

# What a spreadsheet takes for the beginning of a formula (ASVS 1.2.10), in full width too.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\0", "＝", "＋", "－", "＠")


def harmless(text: str) -> str:
    """The text, with an apostrophe before what a spreadsheet would calculate."""
    return f"'{text}" if text.startswith(_FORMULA) else text
