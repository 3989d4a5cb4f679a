"""What the description of the API says, in French: of each endpoint, of each status."""

from __future__ import annotations

TITLE = "RDV au choix, API v1"
ABOUT = (
    "Pour les logiciels des départements : personnes, invitations, rendez-vous. Une clé de service se crée dans Réglages, "
    "Clés. Tout est en JSON ; une date s’écrit JJ/MM/AAAA à l’envoi et AAAA-MM-JJ au retour, une heure en UTC (ISO 8601)."
)
LIMIT = "Appels permis par minute à cette clé."
LEFT = "Appels qui restent à cette clé pour la minute."
RETRY = "Secondes après lesquelles l’appel peut être refait."
IDEMPOTENCY = (
    "Un mot de votre choix, 255 caractères au plus. Le même appel avec le même mot reçoit la même réponse pendant 24 heures, "
    "et rien n’est fait deux fois."
)

STATUSES = {
    200: "C’est fait.",
    400: "Le corps n’est pas du JSON.",
    401: "La clé ou la session n’est pas connue.",
    403: "La clé n’a pas ce droit.",
    404: "Rien de tel, ou rien que cette clé puisse voir.",
    405: "Cette adresse ne se demande pas ainsi.",
    422: "Ce qui est demandé n’est pas possible : une phrase dit pourquoi.",
    429: "Trop d’appels.",
    500: "Une erreur de notre côté.",
    503: "Le service est occupé, rien n’a été fait.",
}

# By endpoint: one line, then what there is to know.
ENDPOINTS = {
    "api_signing_in.sign_in": (
        "Ouvrir une session d’agent",
        "Les en-têtes access-token, client et uid de la réponse valent 24 heures. Un compte avec une deuxième étape utilise "
        "une clé de service.",
    ),
    "api_departments.show": (
        "Un département, ses structures, motifs et lieux",
        "Les structures sont celles de la clé. Les identifiants de lieux servent à inviter vers un lieu.",
    ),
    "api_rdvs.show": (
        "Un rendez-vous",
        "Par son uuid. Un créneau seulement gardé pour une proposition n’est pas encore un rendez-vous.",
    ),
    "api_users.listing": (
        "Les personnes d’une structure",
        "25 par page, par nom. search_query cherche dans les noms, le téléphone, l’adresse électronique et les numéros. "
        "Avec cursor (vide au début) ou updated_since, 25 à la fois, la plus ancienne modification d’abord, et next_cursor à "
        "la place de pagination.",
    ),
    "api_users.create": (
        "Ajouter une personne, ou compléter celle qui est connue",
        "La personne est reconnue comme à l’import : un champ vide n’efface rien, une personne archivée revient, un doute "
        "est une question pour un agent (422). Un identifiant au moins : courriel, téléphone, numéro interne, identifiant "
        "France Travail, ou numéro d’allocataire avec son rôle. Le NIR n’est pas enregistré.",
    ),
    "api_users.create_and_invite": (
        "Ajouter une personne et l’inviter",
        "Par SMS si le numéro est un mobile, par courriel s’il y en a un, jamais par courrier. Le même appel dans les 24 "
        "heures répond les mêmes invitations et n’envoie rien. Si la personne ne peut pas être invitée, elle est ajoutée "
        "quand même : la réponse 422 dit pourquoi et la contient.",
    ),
    "api_users.create_and_invite_many": (
        "Ajouter et inviter jusqu’à 25 personnes",
        "Répond aussitôt, le travail se fait ensuite. batch_id permet de lire ce que chaque personne est devenue.",
    ),
    "api_users.invite": (
        "Inviter une personne connue",
        "La personne est dans la structure. Sans catégorie, celle de la structure quand elle n’en suit qu’une.",
    ),
    "api_people.correct": (
        "Corriger une personne connue",
        "Ce qui n’est pas dit, ou dit vide, reste tel quel ; null efface. Un identifiant au moins reste. Lu comme à l’import.",
    ),
    "api_people.archive": (
        "Archiver une personne dans une structure",
        "Elle quitte les listes, et les invitations de la structure ne sont plus valables ; un rendez-vous pris reste prévu.",
    ),
    "api_people.unarchive": (
        "Sortir une personne de l’archive",
        "Les invitations qui ont pris fin ne reviennent pas.",
    ),
    "api_follow_ups.listing": (
        "Les suivis d’une structure",
        "Ceux de ses personnes actives, dans les catégories qu’elle suit ; par status, par motif_category (son nom court). 25 "
        "à la fois, le changement d’état le plus ancien d’abord.",
    ),
    "api_follow_ups.close": (
        "Clore un suivi",
        "Les invitations en cours ne sont plus valables ; un rendez-vous pris reste prévu. Répété, ne change rien.",
    ),
    "api_follow_ups.reopen": (
        "Rouvrir un suivi",
        "Les invitations qui ont pris fin ne reviennent pas. Répété, ne change rien.",
    ),
    "api_invitations.listing": (
        "Les invitations d’une structure",
        "Celles qu’elle a envoyées, propositions et convocations comprises, avec ce qu’est devenu chaque envoi. 25 à la fois, "
        "la plus anciennement faite, répondue ou finie d’abord.",
    ),
    "api_invitations.end": (
        "Retirer une invitation",
        "Le lien ne permet plus de répondre, et ce qui n’est pas encore parti ne partira pas. Répété, ou après la fin, ne "
        "change rien. Une convocation ne se retire pas : son rendez-vous s’annule.",
    ),
    "api_statistics.show": (
        "Les chiffres d’une structure",
        "Ceux de la page Résultats, d’une catégorie (la première de la structure sans motif_category), avec les mêmes "
        "définitions, jamais par agent. since et until : des jours du premier et du dernier mois où les personnes ont été "
        "jointes pour la première fois. counted : celles dont le délai (horizon) est passé ; tous les nombres après lui "
        "parlent d’elles.",
    ),
    "api_batches.listing": (
        "Les listes confiées par une structure",
        "25 à la fois, la plus anciennement finie d’abord. Gardées 30 jours.",
    ),
    "api_batches.show": (
        "Ce que sont devenues des personnes confiées ensemble",
        "Gardé 30 jours. Une personne refusée peut être connue quand même : user_id le dit.",
    ),
}
