"""What the page of a département's settings says of its fields, its colour and its logo."""

from __future__ import annotations

from invitations.department_logo import BOX, LEAST_HEIGHT, Trouble

# What the legal pages lack, as the end of a sentence.
FIELDS = {
    "postal_address": "l’adresse postale",
    "publisher": "la direction de la publication",
    "host": "l’hébergement",
    "privacy_contact": "la délégation à la protection des données",
    "accessibility_contact": "le contact pour l’accessibilité",
}

LOGO_TROUBLES = {
    Trouble.NO_FILE: "Choisissez un fichier\N{NO-BREAK SPACE}: celui-ci est vide, ou n’est pas arrivé.",
    Trouble.TOO_LARGE: "Ce fichier dépasse 2\N{NO-BREAK SPACE}Mo. Enregistrez l’image en plus petit.",
    Trouble.UNKNOWN_KIND: "Ce fichier n’est pas une image que l’on sait lire. Enregistrez le logo en PNG, JPEG, WebP ou GIF.",
    Trouble.TOO_MANY_PIXELS: "Cette image est démesurée. Quelques centaines de points de large suffisent.",
    Trouble.ANIMATED: "Cette image est animée. Enregistrez-la sans animation.",
    Trouble.UNREADABLE: "Ce fichier est abîmé ou incomplet. Enregistrez l’image de nouveau.",
    Trouble.TOO_SMALL: f"Ramené à {BOX[0]}\N{NO-BREAK SPACE}×\N{NO-BREAK SPACE}{BOX[1]} points, ce logo aurait moins de "
    f"{LEAST_HEIGHT} points de haut. Choisissez-en une version moins allongée, ou plus grande.",
    Trouble.TOO_PALE: "Ce logo est trop clair pour se voir sur fond blanc. Choisissez sa version pour fonds clairs.",
    Trouble.TOO_DETAILED: "Même réduit, ce logo pèse plus de 8\N{NO-BREAK SPACE}ko\N{NO-BREAK SPACE}: il ralentirait chaque page. "
    "Choisissez une version plus simple, sans photo ni dégradé.",
}


def ratio(contrast: float) -> str:
    """4,5"""
    # Cut, not rounded: what is written must not look better than it is.
    return f"{int(contrast * 10) / 10:.1f}".replace(".", ",")


def too_pale(contrast: float, least: float) -> str:
    return (
        f"Cette couleur est trop proche du blanc\N{NO-BREAK SPACE}: leur rapport de contraste est de {ratio(contrast)}, il en faut "
        f"{ratio(least)} pour lire un bouton. Assombrie jusque-là, ce ne serait plus la même\N{NO-BREAK SPACE}: choisissez-en une plus foncée."
    )
