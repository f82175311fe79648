"""Somebody who might ask, in the organisation's language. Nobody has these numbers: they are kept for stories."""

from typing import Final, NamedTuple


class Example(NamedTuple):
    name: str
    message: str


EXAMPLES: Final = {
    "en": (
        Example("Grace Whitfield", "I saw your offer and have two questions about it. Could somebody call me today?"),
        Example("Daniel Okoro", "Is it still available, and could I come and see it on Saturday morning?"),
        Example("Priya Raman", "We are comparing three offers and would like yours by Friday."),
        Example("Tom Ellery", "A friend recommended you. What would it cost, and how soon could you begin?"),
    ),
    "es": (
        Example("Lucía Ferrer", "Vi su anuncio y tengo dos preguntas. ¿Alguien me puede llamar hoy?"),
        Example("Mateo Quiroga", "¿Sigue disponible? Me gustaría verlo el sábado por la mañana."),
        Example("Camila Rosales", "Estamos comparando tres ofertas y nos gustaría tener la suya antes del viernes."),
        Example("Andrés Montalvo", "Un amigo me los recomendó. ¿Cuánto costaría y cuándo podrían empezar?"),
    ),
}  # fmt: skip


def example(language: str, number: int) -> dict[str, str]:
    """The values of the form for the `number`th lead, so that each is another person."""
    people = EXAMPLES.get(language, EXAMPLES["en"])
    found = people[number % len(people)]
    address = found.name.split()[0].encode("ascii", "ignore").decode().lower()
    return {
        "name": found.name, "message": found.message, "phone": f"+1 202 555 01{number % 100:02d}",
        "email": f"{address}.{number + 1}@example.com",
    }  # fmt: skip
