"""An establishment and who has power over it: its enrolment, its people and keys, and what two persons change there."""

from egide.enrolment import applications, changes, software_keys, staff
from egide.enrolment.desk import EnrolmentDesk
from egide.enrolment.payee import Bank, BankSettings, NoBank, Payee, PayeeCheck
from egide.enrolment.sql import apply_changes

ROUTES = (*software_keys.ROUTES, *changes.ROUTES, *staff.ROUTES, *applications.ROUTES)

__all__ = [
    "ROUTES",
    "Bank",
    "BankSettings",
    "EnrolmentDesk",
    "NoBank",
    "Payee",
    "PayeeCheck",
    "apply_changes",
]
