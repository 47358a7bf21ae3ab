"""ISO 20022 messages: what is no XML or hides entities is refused; elements by their names, whatever their version."""

from collections.abc import Generator
from contextlib import contextmanager
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException

from egide.treasury.statement import BankFileError


@contextmanager
def refusing() -> Generator[None]:
    """Refuse a file that cannot be read: BankFileError."""
    try:
        yield
    except DefusedXmlException:
        why = "il contient une déclaration de type ou d'entité."
        raise BankFileError("fichier", why, "La banque n'en écrit pas.") from None
    except (ParseError, LookupError, ValueError) as error:
        place = getattr(error, "position", None)
        where = f"fichier, ligne {place[0]}" if place else "fichier"
        raise BankFileError(where, "ce n'est pas du XML entier.", "Le redemander.") from None


def name_of(element: Element) -> str:
    """Return an element's name without its namespace."""
    return element.tag.rpartition("}")[2]


def every(element: Element, *names: str) -> list[Element]:
    """Return the elements at a path below another."""
    found = [element]
    for name in names:
        found = [child for one in found for child in one if name_of(child) == name]
    return found


def first(element: Element, *names: str) -> Element | None:
    """Return the first element at a path."""
    return next(iter(every(element, *names)), None)


def text_of(element: Element, *names: str) -> str:
    """Return the text of the first element at a path, empty where there is none."""
    found = first(element, *names)
    return (found.text or "").strip() if found is not None else ""
