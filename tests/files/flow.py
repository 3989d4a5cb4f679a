"""A VRSB0801 flow of invented households, as long as wanted: never in the repository, made when a test asks.

Incomes, pregnancies and social security numbers are planted in it, so that tests can look for them where they must not be.
"""

from __future__ import annotations

from collections.abc import Iterator

INCOME = 987654
NIR = "1809926362"  # month 99: nobody's; three digits follow
HEAD = '<?xml version="1.0" encoding="ISO-8859-1"?>\n<Beneficiaires><IdentificationFlux><APPLIEMET>CRI</APPLIEMET></IdentificationFlux>\n'
FOOT = "</Beneficiaires>\n"


def household(number: int, *, state: str = "2", duties: str = "1", couple: bool = False) -> str:
    """One file: an applicant, a partner when `couple`, a child; about 3 kB, most of it not for us."""
    letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{number:06d}")
    people = person(number, letters, "DEM", "MR", "Élie", duties)
    if couple:
        people += person(number, letters, "CJT", "MME", "Aïcha", duties)
    people += person(number, letters, "ENF", "MLE", "Léa", "0")
    return (
        f"<InfosFoyerRSA><IdentificationRSA><Organisme><FONORG>CAF</FONORG><NUMORG>261</NUMORG><MATRICULE>{1000000 + number:07d}"
        f"00000000</MATRICULE></Organisme><DemandeRSA><NUMDEMRSA>{number:011d}</NUMDEMRSA><DTDEMRSA>2026-{number % 9 + 1:02d}-01"
        f"</DTDEMRSA></DemandeRSA><OrganismeCedant><MATRICULE>9999999</MATRICULE></OrganismeCedant></IdentificationRSA>\n{people}"
        f"<DonneesAdministratives><Adresse><TroncCommunAdresse><ETATADR>CO</ETATADR></TroncCommunAdresse><AdresseDetailleeFrance>"
        f"<COMPLIIDEADR>Bât B</COMPLIIDEADR><NUMVOIE>{number % 90 + 1}</NUMVOIE><LIBTYPEVOIE>RUE</LIBTYPEVOIE><NOMVOIE>DU LAC"
        f"</NOMVOIE><NUMCOM>26362</NUMCOM><CODEPOS>26000</CODEPOS><NOMCOM>VALENCE</NOMCOM></AdresseDetailleeFrance></Adresse>"
        f"<MESURE><MTPERSRESMENRSA>{INCOME}</MTPERSRESMENRSA></MESURE></DonneesAdministratives><EtatDossierRSA><ETATDOSRSA>{state}"
        f"</ETATDOSRSA></EtatDossierRSA>{detail(number)}</InfosFoyerRSA>\n"
    )


def person(number: int, letters: str, role: str, title: str, first_name: str, duties: str) -> str:
    return (
        f"<Personne><Identification><NIR>{NIR}{number % 1000:03d}</NIR><QUAL>{title}</QUAL><NOM>DURAND-{letters}</NOM><NOMNAI>DURAND-"
        f"{letters}</NOMNAI><PRENOM>{first_name.upper()}{letters}</PRENOM><DTNAI>198{number % 10}-0{number % 9 + 1}-12</DTNAI>"
        f"</Identification><Grossesse><DDGRO>2026-06-01</DDGRO><DTDEPOTDGRO>{INCOME}</DTDEPOTDGRO></Grossesse><Prestations>"
        f"<NATPREST>PFA</NATPREST><ROLEPERS>AUT</ROLEPERS></Prestations><Prestations><NATPREST>RSA</NATPREST><ROLEPERS>{role}"
        f"</ROLEPERS></Prestations><CalculDroitRSA><TOPPERSDRODEVORSA>{duties}</TOPPERSDRODEVORSA><MTPERSABARSA>{INCOME}"
        f"</MTPERSABARSA></CalculDroitRSA><RessourcesTrimestre><DTABRSA>2026-01-01</DTABRSA><MTREVEN>{INCOME}</MTREVEN>"
        f"</RessourcesTrimestre></Personne>\n"
    )


def detail(number: int) -> str:
    """What a flow says besides of each month."""
    return "".join(
        f"<DetailDroitRSA><NATPF>RSD</NATPF><MTRSAVERS>{INCOME}</MTRSAVERS><DTREF>2026-{month:02d}-01</DTREF>"
        f"<SOUSNATPF>RSDN1</SOUSNATPF><TOPSANSDOMFIXE>0</TOPSANSDOMFIXE><NB>{number % 7}</NB></DetailDroitRSA>"
        for month in range(1, 7)
    )


def flow(*households: str) -> bytes:
    return "".join((HEAD, *households, FOOT)).encode("iso-8859-1")


def pieces(count: int) -> Iterator[bytes]:
    """A flow of `count` households, a third of them couples, some kilobytes at a time."""
    yield HEAD.encode("iso-8859-1")
    for start in range(0, count, 50):
        block = (household(number, couple=number % 3 == 0) for number in range(start, min(start + 50, count)))
        yield "".join(block).encode("iso-8859-1")
    yield FOOT.encode("iso-8859-1")
