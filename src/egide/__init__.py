"""Égide: the open platform of French tiers payant."""

__version__ = "0.1.0"
