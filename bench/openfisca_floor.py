"""The field's open rules engine on the pricing bench's vector: one rule, rate x base, a line an entity.

Run by ``bench/pricing.py`` in an environment of its own; reads base and rate from standard input, and
prints the seconds of the best of the rounds.
"""

import sys
import time

import numpy as np
from openfisca_core import (
    entities,
    periods,
    populations,
    simulations,
    taxbenefitsystems,
    variables,
)

LINE = entities.Entity("line", "lines", "A billed line", "")
MONTH = periods.DateUnit.MONTH


class Base(variables.Variable):
    value_type = float
    entity = LINE
    definition_period = MONTH


class Rate(variables.Variable):
    value_type = float
    entity = LINE
    definition_period = MONTH


class Amo(variables.Variable):
    value_type = float
    entity = LINE
    definition_period = MONTH

    def formula(line: populations.Population, period: periods.Period) -> np.ndarray:  # noqa: N805
        return line("Base", period) * line("Rate", period)


def main() -> None:
    """Compute the rule over the vector, and print the best time."""
    pairs = [line.split() for line in sys.stdin]
    bases = np.array([float(base) for base, _ in pairs])
    rates = np.array([float(rate) for _, rate in pairs])
    system = taxbenefitsystems.TaxBenefitSystem([LINE])
    for variable in (Base, Rate, Amo):
        system.add_variable(variable)
    best = float("inf")
    for _ in range(int(sys.argv[1])):
        started = time.perf_counter()
        simulation = simulations.SimulationBuilder().build_default_simulation(
            system, len(pairs)
        )
        simulation.set_input("Base", "2026-03", bases)
        simulation.set_input("Rate", "2026-03", rates)
        simulation.calculate("Amo", "2026-03")
        best = min(best, time.perf_counter() - started)
    print(best)


main()
