"""What agents read of imports: verdicts, columns, doubts, why a file is refused. Part of `app.labels`."""

from __future__ import annotations

from enum import StrEnum

from invitations.models import Verdict
from invitations.uploads.doubts import Doubt
from invitations.uploads.headers import Field
from invitations.uploads.reading import Why

IMPORT_LABELS: dict[type[StrEnum], dict[str, str]] = {
    Verdict: {
        Verdict.CREATE: "À créer",
        Verdict.UPDATE: "À modifier",
        Verdict.UNCHANGED: "Inchangée",
        Verdict.AMBIGUOUS: "À départager",
        Verdict.REFUSED: "Refusée",
        Verdict.LEFT_OUT: "Laissée de côté",
    },
    Field: {
        Field.AFFILIATION_NUMBER: "numéro d’allocataire",
        Field.ROLE: "rôle",
        Field.TITLE: "civilité",
        Field.LAST_NAME: "nom",
        Field.FIRST_NAME: "prénom",
        Field.BIRTH_NAME: "nom de naissance",
        Field.BIRTH_ON: "date de naissance",
        Field.ADDRESS: "adresse",
        Field.ADDRESS_MORE: "complément d’adresse",
        Field.POSTCODE_CITY: "code postal et ville",
        Field.POSTCODE: "code postal",
        Field.CITY: "ville",
        Field.COMMUNE_INSEE: "code INSEE de la commune",
        Field.DEPARTMENT_INTERNAL_ID: "identifiant interne du département",
        Field.FRANCE_TRAVAIL_ID: "identifiant France Travail",
        Field.EMAIL: "courriel",
        Field.PHONE: "téléphone",
        Field.RIGHTS_OPENED_ON: "ouverture des droits",
        Field.TAGS: "étiquettes",
        Field.NIR: "numéro de sécurité sociale",
        Field.HOLDER_LAST_NAME: "nom du responsable du dossier",
        Field.HOLDER_FIRST_NAME: "prénom du responsable du dossier",
    },
    Doubt: {
        Doubt.PHONE_INVALID: "ce numéro ne se lit pas, il est laissé de côté",
        Doubt.EMAIL_INVALID: "cette adresse n’est pas complète, elle est laissée de côté",
        Doubt.DATE_UNREADABLE: "cette date ne se lit pas, elle est laissée de côté",
        Doubt.DATE_IMPOSSIBLE: "cette date n’est pas possible, elle est laissée de côté",
        Doubt.TITLE_UNKNOWN: "cette civilité n’est pas connue, elle est laissée de côté",
        Doubt.ROLE_UNKNOWN: "ce rôle n’est ni demandeur ni conjoint, il est laissé de côté",
        Doubt.NUMBER_UNREADABLE: "ce numéro a perdu des chiffres ou n’en est pas un, il est laissé de côté",
        Doubt.POSTCODE_INVALID: "ce code postal n’a pas cinq chiffres, il est laissé de côté",
        Doubt.NIR_HIDDEN: "un numéro de sécurité sociale s’y trouvait, il n’est pas enregistré",
        Doubt.AFFILIATION_IS_NIR: "c’est un numéro de sécurité sociale, il n’est pas enregistré",
        Doubt.NIR_UNREADABLE: "il a perdu des chiffres ou n’en est pas un, il est laissé de côté",
        Doubt.NIR_KEY: "sa clé, les deux derniers chiffres, ne correspond pas, il est laissé de côté",
        Doubt.NIR_SEX_DIFFERS: "il ne dit pas la même civilité que le reste de la ligne",
        Doubt.NIR_YEAR_DIFFERS: "il ne dit pas la même année de naissance que le reste de la ligne",
        Doubt.SEVERAL_PHONES: "plusieurs numéros, le premier mobile est gardé",
        Doubt.SEVERAL_EMAILS: "plusieurs adresses, la première est gardée",
        Doubt.EMAIL_ACCENTS: "des accents avant l’arobase, aucun courriel n’y partira",
        Doubt.CORRECTED_BY_PERSON: "la personne l’a corrigé elle-même, ce qu’elle a écrit est gardé",
        Doubt.LANDLINE_LEFT_OUT: "ce numéro fixe ne remplace pas le numéro déjà connu",
        Doubt.WORSE_EMAIL_LEFT_OUT: "cette adresse a des accents, elle ne remplace pas celle déjà connue",
        Doubt.TOO_LONG: "texte trop long, la fin est coupée",
        Doubt.NAME_MISSING: "il manque le nom ou le prénom",
        Doubt.NO_IDENTIFIER: "rien pour reconnaître la personne\N{NO-BREAK SPACE}: ni identifiant, ni courriel, ni téléphone, "
        "ni numéro d’allocataire avec son rôle",
        Doubt.NOT_IN_LIST: "ce fichier complète une liste, et la personne n’est dans aucune\N{NO-BREAK SPACE}: importer d’abord la liste",
        Doubt.SEVERAL_PEOPLE: "plusieurs personnes connues correspondent",
        Doubt.SOMEBODY_ELSE: "une personne connue a ce numéro ou cette adresse, mais le reste diffère",
        Doubt.NAMES_DIFFER: "une personne connue a ce numéro d’allocataire et ce rôle, mais un autre nom",
        Doubt.CONFLICTING_ROWS: "le fichier dit deux choses différentes d’une même personne",
        Doubt.SAME_AS_ROW: "la même personne qu’à une autre ligne, en plus complet",
        Doubt.KNOWN_ELSEWHERE: "déjà accompagnée par une autre structure du département, elle rejoint la vôtre",
    },
    Why: {
        Why.NO_FILE: "Choisissez un fichier\N{NO-BREAK SPACE}: celui-ci est vide, ou n’est pas arrivé.",
        Why.TOO_LARGE: "Ce fichier dépasse 10\N{NO-BREAK SPACE}Mo. Enregistrez-le sans images ni mises en forme, ou partagez-le en plusieurs.",
        Why.UNKNOWN_KIND: "Ce type de fichier ne s’importe pas. Enregistrez la liste en .xlsx, .xls, .ods, .csv ou .txt\N{NO-BREAK SPACE}; le flux de la CNAF vient en .xml.",
        Why.NOT_WHAT_IT_SAYS: "Le contenu de ce fichier n’est pas celui que son nom annonce. Ouvrez-le dans votre tableur, "
        "puis enregistrez-le de nouveau en .xlsx ou en .csv.",
        Why.ENCRYPTED: "Ce fichier est protégé par un mot de passe. Enregistrez-le sans mot de passe, puis importez-le.",
        Why.SWOLLEN: "Ce fichier se déplie en un contenu démesuré. Copiez la liste dans un classeur neuf, puis importez-le.",
        Why.UNREADABLE: "Ce fichier est abîmé et ne se lit pas. Ouvrez-le dans votre tableur et enregistrez-le de nouveau.",
        Why.NO_HEADER: "Aucune ligne d’en-têtes n’a été reconnue. Il faut au moins une colonne Nom et une colonne Prénom.",
        Why.NO_ROWS: "Ce fichier ne contient aucune personne.",
        Why.TOO_MANY_ROWS: "Ce fichier compte plus de 50\N{NO-BREAK SPACE}000 lignes. Partagez-le en plusieurs.",
        Why.NOT_THE_FLOW: "Ce fichier XML n’est pas le flux des bénéficiaires du RSA (VRSB0801). Choisissez celui-là, ou un tableau.",
    },
}
