"""Prises en charge on the portal: insurers' desks and insured persons."""
