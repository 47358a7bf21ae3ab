"""Who learned what about whom, when, on what ground: the log that the gate writes, read back."""

from egide.accesslog.victims import Exposure, exposures

__all__ = ["Exposure", "exposures"]
