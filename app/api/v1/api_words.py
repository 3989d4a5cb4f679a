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
SESSION = {
    "access-token": "À dire avec chaque appel, comme client et uid.",
    "client": "À dire avec chaque appel.",
    "uid": "L’adresse de l’agent, à dire avec chaque appel.",
    "expiry": "La fin de la session, en secondes depuis 1970.",
}
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
    409: "L’agenda s’y oppose : une phrase dit pourquoi, concerns et slots disent comment continuer.",
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
    "api_department_users.listing": (
        "Les personnes d’un département",
        "Celles de toutes les structures de la clé, 25 à la fois, la plus ancienne modification d’abord. search_query cherche "
        "comme dans une structure. Une personne est archivée quand plus aucune de ces structures ne la suit.",
    ),
    "api_department_users.create": (
        "Ajouter une personne, la structure trouvée par l’adresse",
        "La structure est celle dont un secteur comprend la commune de l’adresse, parmi celles de la clé ; la seule qui suit "
        "la catégorie quand aucun secteur ne le dit. Plusieurs possibles, ou aucune : 422, avec leurs noms et leurs numéros.",
    ),
    "api_department_users.create_and_invite": (
        "Ajouter une personne et l’inviter, la structure trouvée par l’adresse",
        "Comme dans une structure, une fois celle-ci trouvée.",
    ),
    "api_slots.listing": (
        "Les créneaux libres",
        "Ce qu’un agent peut réserver. Avec user_id, ce que cette personne peut choisir elle-même : motifs ouverts aux "
        "invités, délais, secteurs, référents, lieu de son invitation. 50 à la fois, par heure ; chaque heure une fois par "
        "lieu et par motif. from et to bornent le début.",
    ),
    "api_rdvs.listing": (
        "Les rendez-vous d’une structure",
        "25 à la fois, la plus ancienne modification d’abord : réservé, déplacé, annulé, issue notée, séance modifiée. from "
        "et to bornent le début ; status est celui du rendez-vous.",
    ),
    "api_rdvs.book": (
        "Réserver un rendez-vous",
        "Pour une personne de la structure, qui en est avertie. Sans agent, un créneau libre, séances comprises. Avec un "
        "agent, son heure, même hors de ses plages : ce qui s’y oppose est dit une fois (409, concerns) et confirm passe "
        "outre. Une heure déjà prise ne se prend jamais : 409, avec les trois créneaux libres les plus proches. Le même "
        "rendez-vous redemandé est celui qui existe.",
    ),
    "api_rdvs.move": (
        "Déplacer un rendez-vous",
        "Il garde son motif, sa durée et son lien ; son agent et son lieu aussi, sauf si d’autres sont dits. Les personnes "
        "sont averties une fois. 409 comme pour réserver.",
    ),
    "api_rdvs.cancel": (
        "Annuler un rendez-vous à venir",
        "by service : la personne est avertie et peut choisir de nouveau. by user : elle a prévenu, rien ne part. Une séance "
        "entière s’annule sans user_id.",
    ),
    "api_rdvs.record": (
        "Noter l’issue d’un rendez-vous",
        "Toujours corrigible. Avant le début : unknown, excused, revoked (la personne est avertie) ; seen et noshow ensuite. "
        "Un rendez-vous à venir qui est annulé ne revient pas.",
    ),
    "api_rdvs.show": (
        "Un rendez-vous",
        "Par son uuid. Un créneau seulement gardé pour une proposition n’est pas encore un rendez-vous.",
    ),
    "api_users.listing": (
        "Les personnes d’une structure",
        "25 par page, par nom. search_query cherche dans les noms, le téléphone, l’adresse électronique et les numéros. "
        "Avec cursor (vide au début) ou updated_since, 25 à la fois, la plus ancienne modification d’abord, et next_cursor à "
        "la place de pagination ; archived_user_ids sont les personnes archivées depuis.",
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
        "Répond aussitôt, le travail se fait ensuite. batch_id permet de lire ce que chaque personne est devenue. Une liste où "
        "une personne est mal décrite, ou demande une catégorie, un lieu, un agent ou une étiquette inconnus, est refusée en "
        "entier : index est sa place, à partir de 0.",
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
    "api_invitations.extend": (
        "Prolonger une invitation",
        "Jusqu’à la fin de last_day, ou pour la durée des réglages. Une invitation expirée redevient valable si un créneau "
        "reste pour elle. Une proposition et une convocation ont leur date.",
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
