"""Elements of an ISO 20022 message by their names, whatever the version of its namespace."""

from xml.etree.ElementTree import Element


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
