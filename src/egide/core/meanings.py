"""What each refusal says: the catalogue, whole."""

from egide.core.claim_meanings import CLAIM_MEANINGS
from egide.core.meaning import Meaning, no
from egide.core.refusal import Actor, RefusalCode

_C = RefusalCode
MEANINGS: dict[RefusalCode, Meaning] = {
    _C.BODY_INVALID: no(
        400,
        "structure",
        "Le contenu envoyé n'est pas lisible.",
        "Envoyer du JSON en UTF-8, sans clé répétée.",
    ),
    _C.BODY_TOO_LARGE: no(
        413,
        "too-long",
        "Le contenu envoyé est trop grand.",
        "Envoyer au plus 256 Kio par demande.",
    ),
    _C.MEDIA_TYPE_UNSUPPORTED: no(
        415,
        "not-supported",
        "Ce type de contenu n'est pas accepté.",
        "Envoyer application/fhir+json ; charset=utf-8.",
    ),
    _C.RESOURCE_UNEXPECTED: no(
        422,
        "invalid",
        "Cette ressource n'est pas attendue ici.",
        "Envoyer la ressource que la route nomme.",
    ),
    _C.VALUE_INVALID: no(
        422,
        "value",
        "Une valeur n'a pas la forme attendue.",
        "Corriger l'élément nommé et renvoyer.",
    ),
    _C.VALUE_MISSING: no(
        422,
        "required",
        "Une valeur obligatoire manque.",
        "Compléter l'élément nommé et renvoyer.",
    ),
    _C.NIR_INVALID: no(
        422,
        "value",
        "Le NIR n'est pas valable.",
        "Vérifier les 15 caractères, clé comprise, sur la carte.",
    ),
    _C.FINESS_INVALID: no(
        422,
        "value",
        "Le numéro FINESS n'est pas valable.",
        "Vérifier les 9 caractères et la clé.",
    ),
    _C.FINESS_UNREGISTERED: no(
        422,
        "business-rule",
        "Le répertoire FINESS ne connaît pas cet établissement sous ce SIRET.",
        "Vérifier FINESS et SIRET, ou importer un répertoire plus récent (egide import finess).",
    ),
    _C.INVITATION_INVALID: no(
        401,
        "login",
        "Ce code d'activation n'est pas valable.",
        "Vérifier le code, ou en demander un autre à qui l'a remis.",
    ),
    _C.PASSKEY_REFUSED: no(
        401,
        "login",
        "La clé d'accès n'a pas été reconnue.",
        "Recommencer ; si elle est perdue, demander un nouveau code d'activation.",
    ),
    _C.PASSKEY_KNOWN: no(
        422,
        "business-rule",
        "Cette personne a déjà une clé d'accès.",
        "Entrer avec elle. Perdue : un administrateur approuve ce qui est demandé ici ; un assuré demande un code.",
    ),
    _C.PSC_REFUSED: no(
        401,
        "login",
        "Pro Santé Connect ne vous a pas reconnu.",
        "Recommencer depuis le portail, dans le même navigateur.",
    ),
    _C.PSC_NO_ESTABLISHMENT: no(
        403,
        "forbidden",
        "Aucun établissement conventionné n'est un de ceux où vous exercez.",
        "Vérifier vos activités dans l'Annuaire Santé ; sinon demander à votre établissement de s'inscrire.",
    ),
    _C.PSC_UNREACHABLE: no(
        503,
        "transient",
        "Pro Santé Connect ne répond pas ici.",
        "Recommencer plus tard, ou entrer avec sa clé d'accès ou un code d'activation.",
    ),
    _C.INSURER_REFUSED: no(
        401,
        "login",
        "Votre assureur ne vous a pas fait reconnaître ici.",
        "Recommencer depuis le portail, dans le même navigateur, ou entrer avec le code imprimé à côté de la carte.",
    ),
    _C.INSURER_UNREACHABLE: no(
        503,
        "transient",
        "L'espace des assurés de cet assureur ne répond pas ici.",
        "Recommencer plus tard, ou entrer avec sa clé d'accès ou le code imprimé à côté de la carte.",
    ),
    _C.SESSION_INVALID: no(
        401,
        "login",
        "La session est fermée, ou n'est pas celle de ce navigateur.",
        "Se connecter de nouveau avec sa clé d'accès.",
    ),
    _C.REAUTHENTICATION_NEEDED: no(
        403,
        "security",
        "Ce geste demande de confirmer avec sa clé d'accès.",
        "Confirmer avec la clé d'accès, puis recommencer.",
    ),
    _C.LAST_PASSKEY: no(
        422,
        "business-rule",
        "C'est la dernière clé d'accès de ce compte.",
        "En ajouter une autre avant de la retirer.",
    ),
    _C.CHANGE_OPEN: no(
        422,
        "business-rule",
        "Un changement de cette sorte est déjà en cours.",
        "Attendre qu'il soit en vigueur, ou l'annuler.",
    ),
    _C.SITE_NOT_YOURS: no(
        403,
        "forbidden",
        "Cet établissement n'est pas un de ceux où vous exercez, ou il est déjà conventionné.",
        "Vérifier vos activités dans l'Annuaire Santé ; s'il est conventionné, demander à son administrateur.",
    ),
    _C.PAYEE_REFUSED: no(
        422,
        "business-rule",
        "La banque dit que ce compte n'est pas celui de l'établissement.",
        "Donner l'IBAN d'un compte ouvert au nom de l'établissement.",
    ),
    _C.SUPPORT_LIMIT: no(
        429,
        "throttled",
        "Ce compte a vu les factures de 25 personnes en 24 heures.",
        "Laisser ce ticket à un collègue, ou attendre demain.",
        Actor.OPERATOR,
    ),
    _C.PORTAL_CONTAINED: no(
        403,
        "suppressed",
        "Ce compte, ou le portail entier, est arrêté par l'opérateur pour protéger les assurés.",
        "Appeler l'opérateur ; le logiciel de l'établissement continue de servir les cartes et d'envoyer les factures.",
        Actor.OPERATOR,
    ),
    _C.CHANGE_UNKNOWN: no(
        422,
        "business-rule",
        "Ce changement n'est pas de ceux que ce compte peut décider.",
        "Il est approuvé une fois, par une autre personne que celle qui l'a demandé, et qui redit ce qu'il est.",
    ),
    _C.KEY_KNOWN: no(
        422,
        "duplicate",
        "Cette clé de logiciel est déjà inscrite.",
        "Fabriquer une nouvelle paire de clés.",
    ),
    _C.KEY_UNKNOWN: no(
        404,
        "not-found",
        "Cette clé n'est pas de cet établissement.",
        "Choisir une clé de la liste.",
    ),
    _C.SIRET_INVALID: no(
        422, "value", "Le SIRET n'est pas valable.", "Vérifier les 14 chiffres et la clé."
    ),
    _C.RPPS_INVALID: no(
        422, "value", "Le numéro RPPS n'est pas valable.", "Vérifier les 11 chiffres et la clé."
    ),
    _C.IBAN_INVALID: no(
        422, "value", "L'IBAN n'est pas valable.", "Vérifier l'IBAN sur le relevé bancaire."
    ),
    _C.AMC_INVALID: no(
        422,
        "value",
        "Le numéro AMC n'est pas valable.",
        "Recopier le numéro AMC de la carte (8 à 10 signes).",
    ),
    _C.BIRTH_DATE_INVALID: no(
        422,
        "value",
        "La date de naissance n'est pas lisible.",
        "Écrire AAAAMMJJ comme sur la carte ; une date lunaire est acceptée.",
    ),
    _C.NOT_ACCEPTABLE: no(
        406,
        "not-supported",
        "La forme demandée pour la réponse n'existe pas ici.",
        "Accepter application/fhir+json, en FHIR 4.0.",
    ),
    _C.ROUTE_UNKNOWN: no(
        404,
        "not-found",
        "Cette adresse n'existe pas.",
        "Voir la liste des routes : GET /openapi.json.",
    ),
    _C.METHOD_NOT_ALLOWED: no(
        405,
        "not-supported",
        "Cette méthode n'est pas acceptée ici.",
        "Employer la méthode que la route nomme.",
    ),
    _C.CALLER_UNKNOWN: no(
        401,
        "login",
        "L'appelant n'est pas reconnu.",
        "Signer l'assertion avec la clé enregistrée à l'adhésion.",
    ),
    _C.TOKEN_INVALID: no(
        401,
        "login",
        "Le jeton d'accès n'est pas valable.",
        "Demander un nouveau jeton à /oauth/token.",
    ),
    _C.PROOF_INVALID: no(
        401,
        "login",
        "La preuve DPoP n'est pas valable.",
        "Signer une preuve fraîche pour cet appel (RFC 9449).",
    ),
    _C.NONCE_NEEDED: no(
        401,
        "login",
        "La preuve DPoP doit porter le nonce du serveur.",
        "Signer une nouvelle preuve avec le nonce de l'en-tête DPoP-Nonce (RFC 9449, section 8).",
    ),
    _C.ATTESTATION_NEEDED: no(
        422,
        "required",
        "L'éditeur de ce logiciel atteste chacun de ses postes.",
        "Demander l'attestation de ce poste à l'éditeur, et refaire la demande avec elle.",
    ),
    _C.ATTESTATION_INVALID: no(
        403,
        "forbidden",
        "L'attestation de l'éditeur n'est pas valable pour cette clé ou ce logiciel.",
        "Demander une attestation de cette clé, pour cette version, à l'éditeur qui l'a déclarée.",
    ),
    _C.PROOF_REPLAYED: no(
        401,
        "login",
        "Cette preuve DPoP a déjà servi.",
        "Signer une nouvelle preuve avec un nouveau jti.",
    ),
    _C.SCOPE_MISSING: no(
        403,
        "forbidden",
        "Cet appel n'est pas ouvert à l'appelant.",
        "Demander l'habilitation à l'opérateur.",
        Actor.OPERATOR,
    ),
    _C.RIGHTS_NOT_SHOWN: no(
        422,
        "business-rule",
        "Droit non affiché, demandez la carte.",
        "Lire la carte de la personne et recommencer.",
    ),
    _C.BUSY: no(
        503,
        "transient",
        "Le service est momentanément chargé.",
        "Recommencer dans quelques secondes.",
        Actor.NOBODY,
    ),
    _C.NOT_INSTALLED: no(
        404,
        "not-found",
        "Rien n'est installé dans ce dossier : une réponse vide y serait fausse.",
        "Donner le dossier de l'installation (--data), ou en faire une : ./egide migrate, serve ou demo.",
        Actor.OPERATOR,
    ),
    _C.CONTAINED: no(
        403,
        "forbidden",
        "Cet accès est suspendu pour votre protection ; vos paiements continuent.",
        "Appeler l'assistance de l'opérateur, qui dira pourquoi et quand il rouvre.",
        Actor.OPERATOR,
    ),
    _C.UNAVAILABLE: no(
        503,
        "transient",
        "Cette partie du service est arrêtée pour l'instant ; les autres répondent.",
        "Recommencer plus tard ; facturer et demander les droits par carte restent ouverts.",
        Actor.NOBODY,
    ),
    _C.LOG_BEHIND: no(
        500,
        "exception",
        "Un témoin a vu un journal plus long que celui de cette base.",
        "Ne rien signer : retrouver ce que la restauration a perdu, puis recommencer.",
        Actor.OPERATOR,
    ),
    _C.PLAN_INVALID: no(
        422,
        "invalid",
        "La grille de garanties contient une erreur.",
        "Corriger la ligne nommée.",
        Actor.AMC,
    ),
    _C.IMPORT_INVALID: no(
        422,
        "invalid",
        "Le fichier contient une erreur.",
        "Corriger les lignes du rapport.",
        Actor.AMC,
    ),
    **CLAIM_MEANINGS,
}
