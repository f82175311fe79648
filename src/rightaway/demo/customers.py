"""The demo's customers: invented people who ask about homes. The same seed invents the same ones.

Phone numbers are of the ranges kept for fiction (+1 … 555-01xx; +44 20 7946 0xxx), addresses at example.org.
"""

from random import Random
from typing import Final

from rightaway.contacts.normalise import fold
from rightaway.work.enquiry import Enquiry

_FIRST: Final = {
    "en": ["Ada", "Bram", "Chidi", "Dara", "Elsie", "Farid", "Greta", "Hugo", "Imani", "Jonas", "Keiko", "Liam",
           "Maren", "Nadia", "Oscar", "Petra", "Quinn", "Ravi", "Saoirse", "Tariq", "Una", "Viktor", "Wen", "Zoë"],
    "es": ["Abril", "Benicio", "Celeste", "Damián", "Eulalia", "Fermín", "Graciela", "Hernán", "Ivonne", "Joaquín",
           "Leonor", "Martín", "Nieves", "Octavio", "Paloma", "Ramón", "Sofía", "Tadeo", "Úrsula", "Vicente",
           "Yolanda"],
    "fr": ["Aurélie", "Bastien", "Clémence", "Étienne", "Maëlle", "Rémy", "Solène", "Théo"],
    "pt": ["Beatriz", "Caetano", "Fabrícia", "Inácio", "Lívia", "Otávio", "Simão", "Thaís"],
}  # fmt: skip
_LAST: Final = {
    "en": ["Abara", "Ashdown", "Brisk", "Calloway", "Dunmore", "Eastlake", "Fenwick", "Goldwater", "Hallorann", "Iyer",
           "Kowalczyk", "Lindqvist", "Marlowe", "Nakagawa", "Oyelaran", "Pemberly", "Rahimi", "Stonebridge", "Tanaka",
           "Underhill", "Varga", "Winterbourne", "Yilmaz"],
    "es": ["Arizmendi", "Bustamante", "Carrizo", "Domínguez", "Espinar", "Fuenmayor", "Galarza", "Huertas", "Ibáñez",
           "Jaramillo", "Lizárraga", "Montenegro", "Noriega", "Ocampo", "Peñalosa", "Quiñones", "Robledo", "Sepúlveda",
           "Tejada", "Urrutia", "Villaseñor", "Zambrano"],
    "fr": ["Beauchêne", "Courtois", "Delatour", "Févrel", "Grandpré", "Lemarchand", "Rochebrune"],
    "pt": ["Alvarenga", "Bragança", "Figueiredo", "Loureiro", "Magalhães", "Quadros", "Sardinha"],
}  # fmt: skip
_LANGUAGES: Final = {"en": 45, "es": 40, "fr": 8, "pt": 7}
_SOURCES: Final = {"website": 32, "portal": 28, "social": 13, "phone": 10, "referral": 8, "walk-in": 5, "lucia-page": 4}
_LINES: Final = {"buyer": 56, "rental": 27, "seller": 17}
_AREAS: Final = ("Bahía Clara", "Old Harbor", "Marina Sur", "North Ridge", "Palmar Alto")
_US_AREA_CODES: Final = (
    "202", "206", "212", "213", "303", "305", "312", "404", "407", "415", "503", "512", "602", "617", "702", "713",
    "786",
)  # fmt: skip
_MESSAGES: Final = {
    ("en", "buyer"): ["Is the house in {area} still for sale? We could see it on Saturday.",
                      "We are looking for {rooms} bedrooms in {area}. What is on the market?",
                      "What would the closing costs be? I have a loan approved."],
    ("en", "rental"): ["I need {rooms} bedrooms in {area} from next month. A dog comes with us.",
                       "Is the deposit one month or two?"],
    ("en", "seller"): ["We want to sell our home in {area}. What is it worth?", "How long do homes take to sell now?"],
    ("es", "buyer"): ["¿Sigue en venta la casa de {area}? Podemos verla el sábado.",
                      "Buscamos {rooms} habitaciones en {area}. ¿Qué hay disponible?",
                      "¿A cuánto ascienden los gastos de cierre? Ya tengo el crédito aprobado."],
    ("es", "rental"): ["Necesito {rooms} habitaciones en {area} desde el mes que viene. Viene un perro.",
                       "¿El depósito es de un mes o de dos?"],
    ("es", "seller"): ["Queremos vender nuestra casa en {area}. ¿Cuánto vale?",
                       "¿Cuánto tarda ahora en venderse una casa?"],
    ("fr", "buyer"): ["Nous cherchons {rooms} chambres à {area}. Que proposez-vous ?"],
    ("fr", "rental"): ["Je cherche une location à {area}, {rooms} chambres."],
    ("fr", "seller"): ["Nous voulons vendre notre maison à {area}."],
    ("pt", "buyer"): ["Procuramos {rooms} quartos em {area}. O que há à venda?"],
    ("pt", "rental"): ["Procuro um aluguel em {area}, {rooms} quartos."],
    ("pt", "seller"): ["Queremos vender a nossa casa em {area}."],
}  # fmt: skip


class Customers:
    """Makes one enquiry after another; now and then it is somebody who has asked before."""

    def __init__(self, random: Random, *, known: int = 200) -> None:
        self.random = random
        self.known: list[Enquiry] = []
        self._most_known = known

    def enquiry(self, *, again: float = 0.12, external_id: str = "") -> Enquiry:
        """The next enquiry; with the chance `again` of somebody who is known."""
        if self.known and self.random.random() < again:
            return self._repeated(self.random.choice(self.known))
        enquiry = self._new(external_id)
        self.known = [*self.known[-self._most_known :], enquiry]
        return enquiry

    def _new(self, external_id: str) -> Enquiry:
        pick = self.random
        language, line = self._weighted(_LANGUAGES), self._weighted(_LINES)
        name = f"{pick.choice(_FIRST[language])} {pick.choice(_LAST[language])}"
        area, rooms = pick.choice(_AREAS), pick.randint(1, 5)
        reach = pick.random()
        return Enquiry(
            source=self._weighted(_SOURCES), name=name,
            phone=self._phone() if reach < 0.85 else None,
            email=self._email(name) if reach > 0.25 else None,
            line=line, language=language, external_id=external_id,
            message=pick.choice(_MESSAGES[language, line]).format(area=area, rooms=rooms),
            attributes={"area": area, "bedrooms": rooms, "budget": self._budget(line)},
        )  # fmt: skip

    def _repeated(self, before: Enquiry) -> Enquiry:
        return Enquiry(
            source="phone" if before.phone else "website", name=before.name, phone=before.phone, email=before.email,
            line=before.line, language=before.language, attributes=before.attributes,
            message="¿Alguna novedad?" if before.language == "es" else "Is there any news?",
        )  # fmt: skip

    def _weighted(self, shares: dict[str, int]) -> str:
        return self.random.choices(list(shares), weights=list(shares.values()))[0]

    def _phone(self) -> str:
        if self.random.random() < 0.15:
            return f"+442079460{self.random.randint(0, 999):03d}"
        return f"+1{self.random.choice(_US_AREA_CODES)}55501{self.random.randint(0, 99):02d}"

    def _email(self, name: str) -> str:
        plain = ".".join("".join(c for c in part if c.isascii() and c.isalpha()) for part in fold(name).split())
        return f"{plain}{self.random.randint(1, 9999)}@example.org"

    def _budget(self, line: str) -> int:
        if line == "rental":
            return self.random.randrange(900, 5200, 50)
        return int(min(self.random.paretovariate(1.6) * 280_000, 6_000_000)) // 5000 * 5000
