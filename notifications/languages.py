"""The languages that people may read, and their catalogues: gettext files whose message ids are the French sentences.

French is the reference and has no catalogue of its own. A catalogue is read from its `.po` file the first time a
process needs it: nothing is compiled, so that nothing compiled can be out of date.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

TRANSLATIONS = Path(__file__).resolve().parent.parent / "app" / "translations"


@dataclass(frozen=True, slots=True)
class Language:
    """One language. `code` is kept and stands in addresses; `locale` is Babel's, for dates and numbers; `html` is BCP 47.

    `name` is what its readers call it; `day` how they write a day with its weekday (CLDR pattern); `is_latin` says that
    its letters, bare of their accents, fit the alphabet of text messages.
    """

    code: str
    locale: str
    html: str
    name: str
    day: str = "EEEE d MMMM"
    is_rtl: bool = False
    is_latin: bool = True

    @property
    def direction(self) -> str:
        return "rtl" if self.is_rtl else "ltr"

    @property
    def is_french(self) -> bool:
        """True for French and for easy French: nothing has to be said twice."""
        return self.locale == "fr"


FRENCH = Language("fr", "fr", "fr", "Français")
LANGUAGES: dict[str, Language] = {
    one.code: one
    for one in (
        FRENCH,
        Language("facile", "fr", "fr", "Français facile"),
        Language("en", "en_GB", "en", "English"),
        Language("ar", "ar", "ar", "العربية", is_rtl=True, is_latin=False),
        Language("es", "es", "es", "Español", "EEEE d 'de' MMMM"),
        Language("pt", "pt_PT", "pt", "Português", "EEEE, d 'de' MMMM"),
        Language("tr", "tr", "tr", "Türkçe", "d MMMM EEEE"),
        Language("uk", "uk", "uk", "Українська", "d MMMM (EEEE)", is_latin=False),
        Language("ru", "ru", "ru", "Русский", "d MMMM (EEEE)", is_latin=False),
        Language("ro", "ro", "ro", "Română", "EEEE, d MMMM"),
        Language("prs", "fa_AF", "fa-AF", "دری", is_rtl=True, is_latin=False),
    )
}


class FrenchSource(NullTranslations):
    """The message ids as they are. French counts zero as one: "0 place", "1 place", "2 places"."""

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return msgid1 if n < 2 else msgid2

    ungettext = ngettext


def language(code: str | None) -> Language:
    """The language of a code; French for none and for one that is unknown."""
    return LANGUAGES.get(code or "", FRENCH)


@cache
def catalogue(code: str) -> NullTranslations:
    """What gettext needs for a language; a sentence that its file lacks is said in French."""
    source: Any = FrenchSource()
    path = file_of(code)
    if not path.exists():
        return FrenchSource()
    with path.open("rb") as written:
        catalog = read_po(written, locale=LANGUAGES[code].locale)
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    translations = Translations(compiled)
    translations.add_fallback(source)
    return translations


def file_of(code: str) -> Path:
    """Where the sentences of a language are written."""
    return TRANSLATIONS / code / "LC_MESSAGES" / "messages.po"
