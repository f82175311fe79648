"""What people type, made comparable: texts to NFC without controls, phones to E.164, addresses in lower case."""

import unicodedata
from functools import lru_cache

import phonenumbers
from email_validator import EmailNotValidError, validate_email

_KEPT = "\n\t"


def clean_text(text: str) -> str:
    """NFC, without NUL and other controls (line breaks and tabs stay), trimmed."""
    composed = unicodedata.normalize("NFC", text)
    return "".join(c for c in composed if c in _KEPT or unicodedata.category(c) not in ("Cc", "Cs")).strip()


def fold(text: str) -> str:
    """For searching and comparing: NFKD, no marks, case-folded, single spaces."""
    plain = unicodedata.normalize("NFKD", text)
    return " ".join("".join(c for c in plain if not unicodedata.combining(c)).casefold().split())


LONGEST_KEY = 300  # characters: what is longer would not fit an index


def company_key(name: str) -> str:
    """What tells companies apart; empty for a name in which nothing can be seen."""
    return fold(name)[:LONGEST_KEY]


@lru_cache(maxsize=65_536)
def phone_e164(text: str, region: str) -> str | None:
    """E.164 of a number as typed in `region` (two letters), or None when it is not a possible, valid number."""
    if not 4 <= len(text) <= 64:
        return None
    try:
        number = phonenumbers.parse(text, region or None)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    number.extension = None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@lru_cache(maxsize=65_536)
def email_address(text: str) -> str | None:
    """The address as we compare it, or None when it is not one. Deliverability is not asked."""
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        return None
    return found.normalized.casefold()
