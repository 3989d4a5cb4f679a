"""Bring every language's file up to date, or write one language's table for proof-reading."""

from __future__ import annotations

import sys

from app import translations
from notifications.languages import LANGUAGES


def main(codes: list[str]) -> None:
    if codes:
        translations.write_table(LANGUAGES[codes[0]], sys.stdout)
        return
    template = translations.sentences()
    for language in translations.translated():
        translations.bring_up_to_date(language, template)
        left = len(translations.missing(language, template))
        sys.stdout.write(f"{language.name} ({language.code}): {len(template)} sentences, {left} missing\n")
    translations.PROOFREADING.write_text(translations.proofreading(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
