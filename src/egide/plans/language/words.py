"""The words of printed grids, brought to one spelling before they are read."""

import re
import unicodedata
from typing import Final, NamedTuple

_STATE: Final = r"(?:sécurité sociale|SS|RO|MR|AMO|régime obligatoire)"
_PART: Final = (
    r"(?:de |des |du )?(?:le |la |les )?(?:remboursements? |parts? |prestations? )?"
    r"(?:versée?s? )?(?:de |du |par )?(?:la |le )?"
)
_DIGITS: Final = {"deux": "2", "trois": "3", "quatre": "4", "cinq": "5"}
# Whole words, in any case; abbreviations of two letters in capitals only, since « de » is not « DE ».
_LEGAL: Final = r"(?:PLV|HLF|prix limites? de vente|honoraires limites? de facturation)"
_SPELT: Final = (
    r"tickets? mod[ée]rateurs?|bases? de remboursement(?: de la sécurité sociale)?|frais (?:réels|engagés)"
    r"|plafonds? mensuels?(?: de la sécurité sociale)?"
)
_SPELLINGS: Final = (
    (r"[\u00a0\u2009\u202f]", " "),
    (r"[\u2010-\u2015\u2212]", "-"),
    (r"[\u2018\u2019]", "'"),
    (r"\(\*+\)|\*+|\((?:\d)\)", ""),
    # What a cell says of the social security's part, before its names become one.
    (rf"\(?\b(?:sous|après) déduction {_PART}{_STATE}\b\)?", " - RSS"),
    (rf"\bmoins {_PART}{_STATE}\b", " - RSS"),
    (rf"\(?,? ?\b{_PART}{_STATE} (?:inclus|compris)e?\b\)?", " AMO_COMPRISE"),
    (rf"\(?,? ?\by compris {_PART}(?:{_STATE}|RSS)\b\)?", " AMO_COMPRISE"),
    (r"\(?,? ?\bRSS (?:inclus|compris)e?s?\b\)?", " AMO_COMPRISE"),
    (
        rf"\(?,? ?\b(?:en plus|en complément|hors|non compris) {_PART}{_STATE}\b\)?",
        " AMO_EN_PLUS",
    ),
    (
        (
            rf"(?:\b100 ?% santé\b|\b(?:sans|pas de|zéro) reste à (?:payer|charge)\b|\bprise? en charge intégrale\b)"
            rf"(?:,? dans (?:le respect|la limite) des {_LEGAL}(?: et des {_LEGAL})?)?"
        ),
        "RSS + 100 % RAC dans la limite des PLV",
    ),
    (r"\bP\.M\.S\.S\.?", "PMSS"),
    (r"\bplafonds? mensuels?(?: de la sécurité sociale| SS)?\b", "PMSS"),
    (r"(?<=\d) ?euros?\b", " €"),
    (rf"({_SPELT}) \((?:TM|BR|BR ?SS|BRSS|PMSS|FR)\)", r"\1"),
    (
        r"\b(?:forfaits?|crédits?|budgets?|enveloppes?) annuels? (?:de |d')?([\d ,.]+(?:€|euros?|% (?:du )?PMSS))",
        r"\1 par an",
    ),
    (r",? ?\b(?:uniquement|seulement)\b", ""),
    (r"(?<=€) ?/ ?j\b", " par jour"),
    (r"\btou(?:s|tes) les\b|\bpar période de\b|\bpar exercice\b", "par"),
    (
        r"\billimitée?s?\b|,? ?\btou(?:s|tes) [\w-]+ confondue?s\b|,? ?\bsans limit(?:e|ation) de durée\b",
        "",
    ),
    *(
        (rf"\b{word} (?=ans?\b|mois\b|années?\b)", f"{digit} ")
        for word, digit in _DIGITS.items()
    ),
    (r"\bde la (?:sécurité sociale|SS)\b", ""),
    (r"\bde l'assurance maladie(?: obligatoire)?\b|(?-i:\bde l'AMO\b|\bdu RO\b)", ""),
    (r"\bbases? de remboursement(?: reconstituées?)?\b|\bBR reconstituées?\b|\bbr\b", "BR"),
    (r"(?-i:\bBR ?SS\b|\bBRR\b|\bTR ?SS\b|\bTC\b)|\btarif de convention\b", "BR"),
    (
        r"\bfrais (?:r[ée]els|engag[ée]s)(?: engag[ée]s)?\b|\bdépenses? (?:réelles?|engagées?)\b|\bfr\b",
        "FR",
    ),
    (r"(?-i:\bFRR?\b|\bDE\b)", "FR"),
    (r"\btickets? mod[ée]rateurs?\b|\btm\b", "TM"),
    (
        r"\bremboursements?(?: (?-i:SS|RO))?\b|\bsécurité sociale\b|(?-i:\bMR\b|\bSS\b|\bRO\b|\bAMO\b)",
        "RSS",
    ),
    (r"\bplafond mensuel\b", "PMSS"),
    (
        r"\b(?:frais )?restant à charge(?: du bénéficiaire)?(?: après intervention(?: RSS)?)?\b",
        "RAC",
    ),
    (r"\brestes? à charge\b", "RAC"),
    (r"\bprix limites? de vente\b|\bPLV\b", "PLV"),
    (r"\bhonoraires limites? de facturation\b|\bHLF\b", "HLF"),
    (
        r"\b(?:le )?plus (?:élevé|grand|favorable) (?:entre|de|des)\b|\bmax(?:imum)? entre\b|\bmax ?\(",
        "max(",
    ),
    (
        r"\b(?:le )?(?:moins élevé|plus faible|plus petit) (?:entre|de|des)\b|\bmin(?:imum)? entre\b|\bmin ?\(",
        "min(",
    ),
    (r"\bannées? civiles?\b", "an_civil"),
    (r"\bannées? (?:d'adhésion|d'assurance)\b", "an_adhésion"),
    (r"\bannées?\b|\bans?\b|\bannuels?\b|\bannuelles?\b", "an"),
    (r" ?/ ?", " par "),
    (r"\bpar les?\b|\bpar la\b", "par"),
    (r"(?-i:(?<=[A-Z])-(?=RSS\b))", " - "),
)
_COMPILED = [(re.compile(pattern, re.IGNORECASE), word) for pattern, word in _SPELLINGS]
_TOKEN = re.compile(
    r"(?P<number>\d{1,3}(?: \d{3})+(?:,\d{1,2})?(?!\d)|\d+(?:[.,]\d{1,2})?(?!\d))"
    r"|(?P<sign>[%€+\-();,:])"
    r"|(?P<word>[^\W\d]+(?:[-'_][^\W\d]+)*)"
    r"|(?P<space>\s+)"
    r"|(?P<other>.)"
)
# Words that carry no meaning of their own between two that do.
_EMPTY: Final = frozenset(
    {"de", "du", "des", "la", "le", "les", "l", "d", "au", "aux", "un", "une", "à", "en", "sur"}
)


class Token(NamedTuple):
    """A number, a sign or a word of a formula."""

    kind: str
    text: str


def spell(text: str) -> str:
    """Return a text in the one spelling that is read."""
    folded = " ".join(text.split())
    for pattern, word in _COMPILED:
        folded = pattern.sub(word, folded)
    return " ".join(folded.split())


def tokens(text: str) -> list[Token]:
    """Return the numbers, signs and words of a text, small words left out."""
    found: list[Token] = []
    for match in _TOKEN.finditer(spell(text)):
        kind = match.lastgroup or "other"
        word = match.group()
        if kind == "space":
            continue
        for elided in ("l'", "d'", "L'", "D'"):
            if kind == "word" and word.startswith(elided):
                word = word[2:]
        if kind == "word" and word.lower() in _EMPTY:
            continue
        found.append(Token(kind, word))
    return found


def hundredths(number: str) -> int:
    """Return a number of at most two decimals, counted in hundredths."""
    whole, _, part = number.replace(" ", "").replace(".", ",").partition(",")
    return int(whole) * 100 + int(part.ljust(2, "0") or "0")


def slug(text: str) -> str:
    """Return a text as a stable name: letters and digits without accents, dashes between."""
    plain = unicodedata.normalize("NFKD", text.lower()).encode("ascii", "ignore").decode()
    return "-".join("".join(one if one.isalnum() else " " for one in plain).split())[:80]
