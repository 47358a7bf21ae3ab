"""What two lines of a table may not say together: the same acts, or counts that are no one's."""

from egide.core.period import Period
from egide.plans.table.placed import PlacedLine, ReadLine
from egide.plans.table.reader import Reader
from egide.pricing import GuaranteeLine, Limit
from egide.pricing.limits import RENEWAL


def check_overlaps(reader: Reader, lines: list[ReadLine]) -> None:
    """Refuse two lines for the same acts, days and case: which one pays would be a guess."""
    levels = range(len(lines[0].by_level)) if lines else range(0)
    told: set[tuple[int, int]] = set()
    for level in levels:
        by_word: dict[str, list[PlacedLine]] = {}
        for placed in (one for read in lines for one in read.by_level[level] if one.line.pays):
            line = placed.line
            for word in (*line.families, *line.codes, *line.equipment):
                for other in by_word.get(word, ()):
                    pair = (id(placed.node), id(other.node))
                    if pair not in told and _meet(placed, other):
                        told.add(pair)
                        _tell_overlap(reader, placed, other, word)
                by_word.setdefault(word, []).append(placed)


def _tell_overlap(reader: Reader, one: PlacedLine, other: PlacedLine, word: str) -> None:
    if one.line.key == other.line.key:
        place = other.node.start_mark.line + 1
        reason = f"« {word} » est aussi dans le cas de la ligne {place}, qui peut valoir en même temps."
        remedy = "Compléter les « si » pour qu'ils s'excluent, ou écrire « si: sinon » pour ce qui reste."
    else:
        reason = f"« {word} » est déjà payé par « {other.line.label} » aux mêmes dates et dans les mêmes cas."
        remedy = "Borner par « du », « au » ou « si », faire des « cas » d'une même ligne, ou retirer l'une."
    reader.fault(one.node, "actes", reason, remedy)


def _meet(one: PlacedLine, other: PlacedLine) -> bool:
    """Tell whether two lines could pay the same act."""
    if (one.is_rest or other.is_rest) and one.line.key == other.line.key:
        return False
    return not one.line.condition.excludes(other.line.condition) and _share_days(
        one.line, other.line
    )


def _share_days(one: GuaranteeLine, other: GuaranteeLine) -> bool:
    def ends_before(first: Period, second: Period) -> bool:
        return first.end is not None and first.end <= second.start

    return not (ends_before(one.period, other.period) or ends_before(other.period, one.period))


def check_counters(reader: Reader, lines: list[ReadLine]) -> None:
    """Refuse two lines that would count together without saying so."""
    known: dict[str, ReadLine] = {}
    for read in lines:
        other = known.setdefault(read.key, read)
        if read.shares and not read.counts_units and not read.row.is_service:
            reader.fault(
                read.node,
                "compteur",
                "la ligne ne compte rien : elle n'a pas de limite.",
                "Lui donner la limite que les lignes de ce compteur partagent (« limite: 3 par an »).",
            )
        if other is read:
            continue
        if read.shares and other.shares:
            if _differ(_limits(read), _limits(other)):
                reason = f"« {other.row.label} » a le même compteur et d'autres limites."
                remedy = "Donner les mêmes limites à toutes les lignes d'un compteur."
                reader.fault(read.node, "compteur", reason, remedy)
            continue
        if read.has_counters or other.has_counters:
            reader.fault(
                read.node,
                "ligne",
                f"le poste a déjà une ligne « {other.row.label} », et toutes deux comptent.",
                "Changer le libellé, ou donner aux deux le même « compteur » si elles comptent ensemble.",
            )


def _differ(limits: list[set[Limit]], others: list[set[Limit]]) -> bool:
    """Tell whether two lines allow different things at a level where both pay."""
    return any(
        one and other and one != other for one, other in zip(limits, others, strict=True)
    )


def _limits(read: ReadLine) -> list[set[Limit]]:
    """Return what a line's own counter allows, by level."""
    return [
        {
            limit
            for placed in placed_lines
            for limit in placed.line.limits
            if placed.line.pays and not limit.counter.startswith(RENEWAL)
        }
        for placed_lines in read.by_level
    ]
