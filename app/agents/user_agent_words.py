"""What a browser says of itself, in words an agent recognises: "Firefox sur Windows"."""

from __future__ import annotations

# In this order: Edge says that it is Chrome, and Chrome that it is Safari.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("iPhone", "un iPhone"),
    ("iPad", "un iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "un Mac"),
    ("CrOS", "un Chromebook"),
    ("Linux", "Linux"),
)
UNKNOWN = "Un appareil que nous ne reconnaissons pas"


def device(said: str | None) -> str:
    """Firefox sur Windows"""
    browser = first(BROWSERS, said or "")
    system = first(SYSTEMS, said or "")
    if not browser or not system:
        return browser or UNKNOWN
    return f"{browser} sur {system}"


def first(known: tuple[tuple[str, str], ...], said: str) -> str:
    return next((words for sign, words in known if sign in said), "")
