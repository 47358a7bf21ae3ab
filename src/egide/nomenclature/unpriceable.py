"""A line cannot be priced: it names what does not exist on its day."""


class UnpriceableError(Exception):
    """A line names an act, a tariff or a rate that is not there; the message says what would be valid."""


class BaseMissingError(UnpriceableError):
    """No tariff says the base of an act: its software must send it."""
