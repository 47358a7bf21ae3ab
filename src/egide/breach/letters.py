"""Letters in plain words: a text of ours with what an incident makes of it, and what keeps a letter from being vague.

What the insurer merges for each person stays in double braces. Source: RGPD 34(2); readability of Kandel and Moles,
207 - 1.015 words a sentence - 73.6 syllables a word.
"""

import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from string import Template
from typing import Final

LEAST_READABLE: Final = 60.0
_MOST_WORDS: Final = 300
_LONGEST_SENTENCE: Final = 25  # words
# Of the four elements of article 34(2), and of what people ask first.
_ELEMENTS: Final = (
    "Ce qui s'est passé",
    "Ce qui a été vu",
    "Ce qui n'a pas été vu",
    "Ce que cela peut entraîner",
    "Ce que nous avons fait",
    "Ce que vous pouvez faire",
    "Nous joindre",
)
_VAGUE: Final = re.compile(
    r"potentiel|éventuel|susceptible|à ce stade|dans les meilleurs délais|aucune preuve|semblerait|\b(?:a|ont) pu\b",
    re.IGNORECASE,
)
_LINK: Final = re.compile(r"https?://|www\.|[\w.-]+@[\w.-]+|cliqu", re.IGNORECASE)
_WORD: Final = re.compile(r"[\w'’-]+")
_VOWELS: Final = re.compile(r"[aeiouyàâäéèêëîïôöùûüœæ]+", re.IGNORECASE)
_SILENT: Final = re.compile(r"(?<=[^aeiouyéèêàâ])(?:e|es|ent)$", re.IGNORECASE)
_MERGED: Final = re.compile(r"\{\{(\w+)\}\}")


def letter(name: str, values: Mapping[str, str]) -> str:
    """Return one of our texts with what an incident makes of it; KeyError for a value that it lacks."""
    text = files("egide.breach").joinpath("texts", f"{name}.txt").read_text("utf-8")
    return Template(text).substitute(values)


def as_page(text: str, title: str) -> str:
    """Return a text as a page to print: its first line is its title, lines that end in a colon its heads."""
    parts: list[str] = []
    for block in text.strip().split("\n\n"):
        head, _, rest = block.partition("\n")
        is_headed = bool(rest) and head in _ELEMENTS
        if is_headed:
            parts.append(f"<h2>{escape(head)}</h2>")
        items = (rest if is_headed else block).split("\n")
        if all(one.startswith("- ") for one in items):
            parts.append(
                "<ul>" + "".join(f"<li>{escape(one[2:])}</li>" for one in items) + "</ul>"
            )
        else:
            parts.append(f"<p>{escape(' '.join(items))}</p>")
    style = "body{font:12pt/1.5 serif;max-width:40em;margin:2em auto}h2{font-size:1em}"
    return (
        f'<!doctype html>\n<html lang="fr"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{style}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def faults(text: str) -> list[str]:
    """Return why a letter is not to be sent; nothing where it may."""
    shown = _MERGED.sub("Dupont", text)
    words = _WORD.findall(shown)
    sentences = [one for one in re.split(r"[.!?:;]\s|\n", shown) if _WORD.search(one)]
    longest = max(sentences, key=lambda one: len(_WORD.findall(one)), default="")
    found = [f"il y manque « {one} »" for one in _ELEMENTS if not _says(text, one)]
    if "Délégué à la protection des données" not in text:
        found.append("il y manque le délégué à la protection des données (RGPD 33(3)(b))")
    if len(words) > _MOST_WORDS:
        found.append(f"{len(words)} mots, {_MOST_WORDS} au plus")
    if len(_WORD.findall(longest)) > _LONGEST_SENTENCE:
        found.append(f"une phrase trop longue : « {longest.strip()[:60]}… »")
    if vague := _VAGUE.search(shown):
        found.append(f"« {vague.group()} » ne dit rien")
    if link := _LINK.search(shown):
        found.append(f"« {link.group()} » : une lettre n'a ni lien ni adresse à cliquer")
    if (score := readability(shown)) < LEAST_READABLE:
        found.append(f"lisibilité {score:.0f}, {LEAST_READABLE:.0f} au moins")
    return found


def _says(text: str, element: str) -> bool:
    """Tell whether an element is there, with something under its head."""
    _, _, after = text.partition(f"{element}\n")
    return bool(_WORD.search(after.partition("\n\n")[0]))


def readability(text: str) -> float:
    """Return the ease of reading of Kandel and Moles: above 60, plain French."""
    sentences = [one for one in re.split(r"[.!?:;]\s|\n", text) if _WORD.search(one)]
    words = _WORD.findall(text)
    if not words:
        return 0.0
    syllables = sum(_syllables(word) for word in words)
    return 207 - 1.015 * len(words) / len(sentences) - 73.6 * syllables / len(words)


def _syllables(word: str) -> int:
    return max(len(_VOWELS.findall(_SILENT.sub("", word))), 1)
