"""What each refusal of a claim, a prise en charge or a payment says."""

from egide.core.meaning import Meaning, no
from egide.core.refusal import Actor, RefusalCode

_C = RefusalCode
CLAIM_MEANINGS: dict[RefusalCode, Meaning] = {
    _C.INVOICE_REUSED: no(
        409,
        "duplicate",
        "Ce numéro de facture a déjà servi pour un autre contenu.",
        "Donner un nouveau numéro à la facture corrigée.",
    ),
    _C.CLAIM_UNKNOWN: no(
        404,
        "not-found",
        "Cette facture n'est pas connue pour vous.",
        "Vérifier le numéro de facture.",
    ),
    _C.REREAD_LIMIT: no(
        429,
        "throttled",
        "Trop de réponses anciennes ont été relues, ou trop de numéros inconnus essayés.",
        "Attendre demain. Les virements et leurs bordereaux se lisent encore, et une facture renvoyée a sa réponse.",
    ),
    _C.TRANSFER_UNKNOWN: no(
        404,
        "not-found",
        "Ce virement n'est pas connu pour vous.",
        "Vérifier le numéro lu sur le relevé bancaire.",
    ),
    _C.ENGAGEMENT_UNKNOWN: no(
        404,
        "not-found",
        "Cet engagement n'est pas connu pour vous.",
        "Vérifier le numéro d'engagement reçu.",
    ),
    _C.CLAIM_NOT_DECIDED: no(
        500,
        "exception",
        "Une facture à payer n'a pas été décidée par ce service : elle est mise de côté, les autres sont réglées.",
        "Ne pas la régler ; chercher qui a tenu la connexion du guichet, et ouvrir un incident.",
        Actor.OPERATOR,
    ),
    _C.ACT_UNKNOWN: no(
        422,
        "code-invalid",
        "Cet acte est inconnu à la date des soins.",
        "Vérifier le code de l'acte et la date de soins.",
    ),
    _C.AMOUNT_INVALID: no(
        422,
        "value",
        "Un montant est impossible.",
        "Vérifier les montants en euros, deux décimales au plus.",
    ),
    _C.CARE_DATE_FUTURE: no(
        422,
        "business-rule",
        "La date de soins est dans le futur.",
        "Envoyer la facture le jour des soins ou après.",
    ),
    _C.CARE_DATE_TOO_OLD: no(
        422,
        "business-rule",
        "Les soins ont plus de deux ans.",
        "Aucune : la demande est forclose (CSS L160-11).",
        Actor.NOBODY,
    ),
    _C.CLAIM_CLOSED: no(
        409,
        "conflict",
        "Rejetée, une facture ne s'annule pas ; annulée ou remplacée, elle ne se corrige pas.",
        "Facturer sous un nouveau numéro, sans citer celle-ci.",
    ),
    _C.PREAUTH_UNKNOWN: no(
        404,
        "not-found",
        "Cette prise en charge n'est pas connue pour vous.",
        "Vérifier le numéro de la demande, ou celui de la prise en charge.",
    ),
    _C.PREAUTH_CLOSED: no(
        409,
        "conflict",
        "L'état de cette prise en charge ne le permet pas.",
        "Relire la prise en charge : son état dit qui doit agir ; au besoin, en demander une autre.",
    ),
    _C.PREAUTH_USED: no(
        409,
        "conflict",
        "Cette prise en charge est facturée, en tout ou en partie.",
        "Annuler d'abord la facture qui la cite.",
    ),
    _C.PIECE_UNEXPECTED: no(
        422,
        "value",
        "Cette pièce n'est pas demandée, ou sa réponse n'a pas la forme dite.",
        "Répondre à la pièce demandée, dans sa forme, et à rien d'autre : aucune ordonnance n'est reçue.",
    ),
    _C.DISPUTE_UNKNOWN: no(
        404,
        "not-found",
        "Cette contestation n'est pas connue pour vous.",
        "Vérifier le numéro de la contestation.",
    ),
    _C.DISPUTE_CLOSED: no(
        409,
        "conflict",
        "L'état de cette contestation ne le permet pas.",
        "Relire la contestation : son état dit qui doit agir, et jusqu'à quand.",
    ),
    _C.CANCELLATION_NOT_OURS: no(
        500,
        "exception",
        "Une annulation n'a pas été reçue par ce service : elle est défaite, et sa facture réglée comme avant.",
        "Chercher qui a tenu la connexion du guichet, et ouvrir un incident.",
        Actor.OPERATOR,
    ),
}
