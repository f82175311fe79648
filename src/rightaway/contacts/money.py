"""Amounts of money as whole numbers of a currency's minor unit (ISO 4217), and as people write them."""

import re
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

MOST: Final = 10**15 - 1  # minor units: as major units, fifteen digits are still exact in a float
CURRENCY: Final = re.compile(r"[A-Z]{3}")
DECIMAL: Final = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,9})?")
# Digits after the point where it is not two.
_NONE: Final = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF".split())  # noqa: SIM905
_THREE: Final = frozenset("BHD IQD JOD KWD LYD OMR TND".split())  # noqa: SIM905


def digits(currency: str) -> int:
    return 0 if currency in _NONE else 3 if currency in _THREE else 2


def minor_units(major: str | int | float, currency: str) -> int:
    """420000.5 of a currency with cents is 42000050. Raises ValueError: no amount, too many decimals, too large."""
    if isinstance(major, str) and not DECIMAL.fullmatch(major):
        raise ValueError(_("must be an amount, as in 420000.50"))
    amount = Decimal(str(major))
    if not amount.is_finite() or abs(amount := amount.scaleb(digits(currency))) > MOST:
        raise ValueError(_("is out of range"))
    if amount != amount.to_integral_value():
        raise ValueError(_("has more decimals than %(currency)s has") % {"currency": currency})
    return int(amount)


def major_units(minor: int, currency: str) -> int | float:
    """The amount as a number to compare with: whole where it can be."""
    amount = Decimal(minor).scaleb(-digits(currency))
    return int(amount) if amount == amount.to_integral_value() else float(amount)


def written(minor: int, currency: str) -> str:
    """420000.50, as a form shows it."""
    return f"{Decimal(minor).scaleb(-digits(currency)):.{digits(currency)}f}"
