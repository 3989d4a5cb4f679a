"""French words that threaten, found in what a service writes: nothing about an orientation says one (messages.md)."""

from __future__ import annotations

import re
import unicodedata

from invitations.identity import plain

# Roots, without accents; looked for with the tags of a template left out, so that none can hide one.
_THREATS = re.compile(
    r"\b(?:sanction|suspen(?:d|sion|si[fv])|radi(?:e|er|es|ee|ees|ation|ations)\b|supprim|suppress|sous peine|"
    r"convo(?:qu|cat)|penalis|penalit|mise en demeure|reduction de v|perd(?:re|rez) (?:vos|votre|le|son)|obligat)"
)
TAGS = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)


def threats_in(text: str) -> list[str]:
    """The threatening words of a text, as they were written, without accents."""
    bare = plain(printable(unicodedata.normalize("NFKC", TAGS.sub("", text))))
    words = " ".join(bare.split())
    return list(dict.fromkeys(_whole_word(words, found) for found in _THREATS.finditer(words)))


def printable(text: str) -> str:
    """The text without the characters that no keyboard types and no screen shows."""
    return "".join(one for one in text if one in "\n\t" or unicodedata.category(one) not in {"Cc", "Cf", "Cs", "Co"})


def _whole_word(words: str, found: re.Match[str]) -> str:
    rest = re.match(r"\w*", words[found.end() :])
    return found[0] + (rest[0] if rest else "")
