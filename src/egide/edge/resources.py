"""What a FHIR request holds: the resource it is about, and those that its references name.

A request is the resource itself, or a ``Parameters`` or a ``Bundle`` that has it once. What would change the meaning
of what is read is refused, wherever it stands: ``modifierExtension``, ``implicitRules``. Other contained resources
are left unread.

Source: FHIR R4, references (2.3.0), contained resources (2.26.5.2), Bundle and Parameters.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

import msgspec

from egide.core.refusal import Refusal, RefusalCode
from egide.edge.elements import NAMES, Place, strangers
from egide.edge.fhir import Reference
from egide.edge.http import Request, decoded, strict_json

Shape = TypeVar("Shape")
_MOST_RESOURCES: Final = 100
_ENVELOPES: Final = ("Bundle", "Parameters")
_CHANGES_MEANING: Final = ("modifierExtension", "implicitRules")
# The elements that we read whose value is a number: JSON says it without quotes (FHIR R4, 2.6.2.3).
_NUMBERED: Final = frozenset({"net", "quantity", "total", "unitPrice", "valueMoney"})

_NO_TEXT: Final = "Un nombre JSON s'écrit sans guillemets."


class _Order(msgspec.Struct):
    method: str = ""


class _Entry(msgspec.Struct):
    fullUrl: str = ""
    request: _Order | None = None
    resource: msgspec.Raw = msgspec.Raw()
    name: str = ""


class _Envelope(msgspec.Struct):
    resourceType: str
    entry: list[_Entry] = []
    parameter: list[_Entry] = []


class _Head(msgspec.Struct):
    resourceType: str
    id: str = ""
    contained: list[msgspec.Raw] = []


_read_envelope: Final = msgspec.json.Decoder(_Envelope)
_read_head: Final = msgspec.json.Decoder(_Head)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource beside the one asked about.

    Args:
        place: where it stands, for the path of a refusal.
        names: by which references name it.
    """

    place: str
    kind: str
    names: frozenset[str]
    raw: bytes

    def read(self, decoder: "msgspec.json.Decoder[Shape]") -> Shape:
        """Return it in a shape; Refusal ``value-invalid``, ``value-missing``, at its place."""
        return decoded(self.raw, decoder, root=self.place)


class Resources:
    """The resources that references may name."""

    def __init__(self, every: Sequence[Resource]) -> None:
        self._every = every

    def of_kind(self, kind: str) -> list[Resource]:
        """Return those of a type."""
        return [one for one in self._every if one.kind == kind]

    def named(self, reference: str, kind: str, where: str) -> Resource:
        """Return the resource that a reference names; Refusal ``value-invalid``: none, several, or another type."""
        found = self.anything(reference, where)
        if found.kind != kind:
            hint = f"Attendu : une ressource {kind}."
            raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
        return found

    def anything(self, reference: str, where: str) -> Resource:
        """Return the resource of any type that a reference names; Refusal ``value-invalid``: none, or several."""
        # The request holds one version of each: the one that a reference may name (FHIR R4, 2.3.0.1).
        reference = reference.partition("/_history/")[0]
        found = [one for one in self._every if reference in one.names]
        if len(found) != 1:
            count = "contient plusieurs ressources" if found else "ne contient aucune ressource"
            hint = f"La demande {count} de ce nom."
            raise Refusal(RefusalCode.VALUE_INVALID, where=where, hint=hint)
        return found[0]

    def holds(self, reference: Reference) -> bool:
        """Tell whether a reference names a resource of the request, or should (``#…``)."""
        name = reference.reference.partition("/_history/")[0]
        return name.startswith("#") or any(name in one.names for one in self._every)

    def follow(self, reference: Reference | None, kind: str, where: str) -> Resource | None:
        """Return the resource that an element refers to, None where it refers to none."""
        if reference is None or not reference.reference:
            return None
        return self.named(reference.reference, kind, f"{where}.reference")


def read_resource(
    request: Request,
    decoder: "msgspec.json.Decoder[Shape]",
    *,
    root: str,
    ours: Sequence[Place] = (),
) -> tuple[Shape, Resources]:
    """Read a request of FHIR: the resource of type ``root``, and what its references may name.

    Args:
        ours: where extensions and codes of ours are read; where they are not, they are refused.

    Raises Refusal: those of ``read_json``; ``resource-unexpected``; ``value-invalid`` for what would change the
        meaning of what is read.
    """
    body, said = strict_json(request, root=root)
    envelope = decoded(body, _read_envelope, root=_named(said, root))
    if envelope.resourceType not in {root, *_ENVELOPES}:
        raise _unexpected(root)
    _check_readable(said, root, root, ours)
    if envelope.resourceType == root:
        return decoded(body, decoder, root=root), Resources([*_contained(body, root)])
    asked: list[tuple[str, bytes]] = []
    others: list[Resource] = []
    for place, entry in _entries(envelope, ""):
        raw = bytes(entry.resource)
        if not raw:
            continue
        head = decoded(raw, _read_head, root=place)
        if head.resourceType == root:
            asked.append((place, raw))
            others += _contained(raw, place)
        else:
            if entry.request is not None and entry.request.method == "DELETE":
                hint = "Ce qu'une entrée efface n'est pas lu : l'enlever."
                at = f"{place.removesuffix('.resource')}.request.method"
                raise Refusal(RefusalCode.VALUE_INVALID, where=at, hint=hint)
            names = {f"{head.resourceType}/{head.id}"} if head.id else set[str]()
            names |= {entry.fullUrl} - {""}
            others.append(
                Resource(place=place, kind=head.resourceType, names=frozenset(names), raw=raw)
            )
    if len(asked) != 1:
        raise _unexpected(
            root, f"{envelope.resourceType}.{'entry' if envelope.entry else 'parameter'}"
        )
    [(place, raw)] = asked
    return decoded(raw, decoder, root=root), Resources(others[:_MOST_RESOURCES])


def _check_readable(said: object, root: str, place: str, ours: Sequence[Place]) -> None:
    """Refuse what changes the meaning of a resource, or is no element of it; what it holds, each at its own place.

    Args:
        ours: where extensions and codes of ours are read.
        root: the resource that the request is about: its elements are named from it, in whatever it is sent.
    """
    if not isinstance(said, dict):
        return
    resource = cast("dict[str, Any]", said)
    kind = str(resource.get("resourceType"))
    if kind in _ENVELOPES and place == root:
        place = kind
    held = ("entry", "parameter", "contained") if kind in _ENVELOPES else ("contained",)
    for name in held:
        for index, one in enumerate(_listed(resource.get(name))):
            is_own = name == "contained"
            inner = one if is_own else _member(one, "resource")
            at = f"{place}.{name}[{index}]{'' if is_own else '.resource'}"
            at = root if _member(inner, "resourceType") == root else at
            _check_readable(inner, root, at, ours)
    alone = {name: value for name, value in resource.items() if name not in held}
    for at, hint in _unreadable(alone, place):
        raise Refusal(RefusalCode.VALUE_INVALID, where=at, hint=hint)
    for at, hint in strangers(alone, kind, place, ours):
        raise Refusal(RefusalCode.VALUE_INVALID, where=at, hint=hint)


def _listed(said: object) -> list[object]:
    return cast("list[object]", said) if isinstance(said, list) else []


def _member(said: object, name: str) -> object:
    return cast("dict[str, object]", said).get(name) if isinstance(said, dict) else None


def _named(said: object, root: str) -> str:
    """Return what a request calls itself, where that is an envelope."""
    kind = _member(said, "resourceType")
    return kind if isinstance(kind, str) and kind in _ENVELOPES else root


def _unexpected(root: str, where: str = "resourceType") -> Refusal:
    hint = f"Attendu : {root}, ou un Bundle ou des Parameters qui en ont un seul."
    return Refusal(RefusalCode.RESOURCE_UNEXPECTED, where=where, hint=hint)


def _entries(envelope: _Envelope, around: str) -> Iterator[tuple[str, _Entry]]:
    """Yield what an envelope holds, with its place; what a Bundle within a parameter holds, too.

    Args:
        around: the path of what holds the envelope; empty for the request itself.
    """
    base = around or "Bundle"
    for index, entry in enumerate(envelope.entry):
        yield f"{base}.entry[{index}].resource", entry
    for index, entry in enumerate(envelope.parameter):
        place = f"Parameters.parameter[{index}].resource"
        raw = bytes(entry.resource)
        if raw and decoded(raw, _read_head, root=place).resourceType == "Bundle":
            yield from _entries(decoded(raw, _read_envelope, root=place), place)
        else:
            yield place, entry


def _contained(raw: bytes, root: str) -> Iterator[Resource]:
    head = decoded(raw, _read_head, root=root)
    if len(head.contained) > _MOST_RESOURCES:
        hint = f"Au plus {_MOST_RESOURCES} ressources."
        raise Refusal(RefusalCode.VALUE_INVALID, where=f"{root}.contained", hint=hint)
    for index, one in enumerate(head.contained):
        place = f"{root}.contained[{index}]"
        held = decoded(bytes(one), _read_head, root=place)
        names = frozenset({f"#{held.id}"} if held.id else ())
        yield Resource(place=place, kind=held.resourceType, names=names, raw=bytes(one))


def _unreadable(said: object, place: str) -> Iterator[tuple[str, str]]:
    """Yield where a request changes the meaning of what stands around it, or says a number as a text."""
    if isinstance(said, dict):
        for name, value in cast("dict[str, Any]", said).items():
            if name in _CHANGES_MEANING and value:
                yield (
                    f"{place}.{name}",
                    "Ce qui change le sens d'une demande n'est pas lu ici : le retirer.",
                )
            elif name == "factor" and isinstance(value, str):
                yield f"{place}.{name}", _NO_TEXT
            elif name in _NUMBERED and _is_text(value):
                yield f"{place}.{name}.value", _NO_TEXT
            else:
                at = f"{place}.{name}" if name.removeprefix("_") in NAMES else place
                yield from _unreadable(value, at)
    elif isinstance(said, list):
        for index, one in enumerate(cast("list[object]", said)):
            yield from _unreadable(one, f"{place}[{index}]")


def _is_text(value: object) -> bool:
    return isinstance(value, dict) and isinstance(
        cast("dict[str, object]", value).get("value"), str
    )
