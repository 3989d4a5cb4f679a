"""Communes of the Drôme, and the names and streets that invented people of the demonstration are made of."""

from __future__ import annotations

# Commune, INSEE code, postcode (npm @etalab/decoupage-administratif 6.0), how many of a hundred live there.
COMMUNES = (
    ("Valence", "26362", "26000", 27),
    ("Romans-sur-Isère", "26281", "26100", 15),
    ("Montélimar", "26198", "26200", 15),
    ("Bourg-lès-Valence", "26058", "26500", 7),
    ("Pierrelatte", "26235", "26700", 6),
    ("Bourg-de-Péage", "26057", "26300", 4),
    ("Portes-lès-Valence", "26252", "26800", 4),
    ("Crest", "26108", "26400", 4),
    ("Die", "26113", "26150", 4),
    ("Livron-sur-Drôme", "26165", "26250", 3),
    ("Nyons", "26220", "26110", 3),
    ("Tain-l'Hermitage", "26347", "26600", 3),
    ("Saint-Vallier", "26333", "26240", 2),
    ("Loriol-sur-Drôme", "26166", "26270", 2),
    ("Dieulefit", "26114", "26220", 1),
)
STREETS = (
    "rue des Alpes", "avenue de la Gare", "rue du Vercors", "place du Marché", "rue Jean-Jaurès", "allée des Tilleuls",
    "chemin des Vergers", "rue de la Lavande", "avenue Victor-Hugo", "montée du Château", "rue des Tanneurs",
    "impasse des Cigales", "boulevard de la Liberté", "rue Pasteur", "quai de l'Isère", "rue du 8 mai 1945",
)  # fmt: skip
WOMEN = (
    "Aminata", "Camille", "Fatima", "Inès", "Léa", "Nadia", "Chloé", "Yasmine", "Élodie", "Mariama", "Sandrine",
    "Thi Mai", "Oksana", "Leïla", "Manon", "Ana", "Patricia", "Khadija", "Zoé", "Marie-Claire", "Gülsen", "Noémie",
    "Rosa", "Sarah", "Hélène", "Samira", "Justine", "Awa", "Valérie", "Mélanie", "Irina", "Anne-Sophie", "Dounia",
    "Émilie", "Teresa", "Céline", "Ruqaya", "Laetitia", "Priya", "Agnès",
)  # fmt: skip
MEN = (
    "Mohamed", "Thomas", "Youssef", "Lucas", "Ibrahima", "Nicolas", "Karim", "Antoine", "Mehmet", "Julien", "Sékou",
    "Kévin", "Andriy", "Rachid", "Jean-Pierre", "Bilal", "Sébastien", "João", "Mamadou", "Loïc", "Van Minh", "Tarek",
    "Florian", "François", "Amine", "Cédric", "Samuel", "Farid", "Grégory", "Abdoulaye", "Rémi", "Dragan", "Hugo",
    "Malik", "Stéphane", "Omar", "Jérôme", "Baptiste", "Luis", "Nassim",
)  # fmt: skip
LAST_NAMES = (
    "Bernard", "Benali", "Diallo", "Martin", "Nguyen", "Kaya", "Da Silva", "Morel", "Haddad", "Traoré", "Garcia",
    "Lefèvre", "Belkacem", "Roux", "Fernandes", "Chevalier", "Öztürk", "N'Diaye", "Faure", "Bouzid", "Petrov", "Blanc",
    "Camara", "Vincent", "Shevchenko", "Mansouri", "Rey", "Coulibaly", "Giraud", "Lopez", "Saïdi", "Brun", "Marchand",
    "El Amrani", "Perrin", "Kovács", "Bonnet", "Sow", "Guérin", "Ferreira", "Tran", "Charpentier", "Yilmaz", "Arnaud",
    "Cissé", "Vial", "Rahmani", "Dupuis", "Reboul", "Mbemba", "Peyrard", "Hamidi", "Astier", "Costa", "Bakayoko",
)  # fmt: skip
TAGS = ("", "", "", "", "", "", "Sans véhicule", "Garde d'enfants", "Interprète", "Sans véhicule, Garde d'enfants")
