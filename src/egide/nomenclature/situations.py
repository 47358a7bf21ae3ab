"""The words of a billed line's situation: what they say, in French."""

from collections.abc import Mapping
from typing import Final

SITUATIONS: Final[Mapping[str, str]] = {
    "ald": "soins en rapport avec une affection de longue durée exonérante",
    "maternity": "soins pris en charge par l'assurance maternité",
    "accident": "accident du travail ou maladie professionnelle",
    "invalidity": "pension d'invalidité, ou rente d'accident du travail d'au moins deux tiers",
    "newborn": "nouveau-né dans ses trente premiers jours",
    "prevention": "prévention prise en charge en entier (dépistage, contraception des moins de 26 ans)",
    "c2s": "bénéficiaire de la complémentaire santé solidaire",
    "ame": "bénéficiaire de l'aide médicale de l'État",
    "local-regime": "régime local d'Alsace-Moselle",
    "out-of-pathway": "hors du parcours de soins coordonnés",
    "not-optam": "médecin hors OPTAM",
    "sector-2": "professionnel à honoraires libres",
    "not-contracted": "professionnel ou établissement non conventionné",
    "network": "professionnel du réseau de soins de l'assureur",
    "refused": "acte refusé par la Sécurité sociale",
    "heavy-act": "séjour au cours duquel un acte lourd a été fait",
    "long-stay": "à compter du trente et unième jour de séjour",
    "emergency": "transport d'urgence à la demande du Samu",
    "ambulatory": "hospitalisation ambulatoire, sans nuit",
    "psychiatry": "séjour en psychiatrie",
    "rehabilitation": "séjour en soins médicaux et de réadaptation (soins de suite)",
    "sight-change": "équipement renouvelé pour évolution de la vue",
    "outgrown": "enfant jusqu'à 6 ans : la monture n'est plus adaptée",
    "medical-renewal": "équipement renouvelé pour un motif médical, sans délai",
    "prescribed": "acte prescrit par un médecin",
    "repeated": "même acte refait le même jour",
}
