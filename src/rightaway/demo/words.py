"""What the demo's agents write."""

from random import Random
from typing import Final

_NOTES: Final = {
    "en": ["Wants to see it at the weekend.", "Looking for a garden; flexible on the area.", "Has a home to sell.",
           "Loan approved, can move fast.", "Prefers messages after six.", "Compares two other places."],
    "es": ["Quiere verla el fin de semana.", "Busca jardín; la zona le da igual.", "Antes tiene que vender su casa.",
           "Crédito aprobado, puede decidir pronto.", "Prefiere mensajes por la tarde.", "Compara con otras dos."],
}  # fmt: skip
_ANSWERS: Final = {
    "en": ["Hello, thank you for writing. I am calling you in a minute.", "Yes, it is. Would Saturday suit you?"],
    "es": ["Hola, gracias por escribir. Te llamo en un minuto.", "Sí, así es. ¿Te queda bien el sábado?"],
}
_BAD_LEADS: Final = {
    "en": ["Wrong number, and the address bounces.", "Sells insurance."],
    "es": ["Número equivocado y el correo rebota.", "Vende seguros."],
}


def note(random: Random, language: str) -> str:
    return random.choice(_NOTES[language])


def bad_lead(random: Random, language: str) -> str:
    return random.choice(_BAD_LEADS[language])


def answer(random: Random, language: str) -> str:
    return random.choice(_ANSWERS[language])
