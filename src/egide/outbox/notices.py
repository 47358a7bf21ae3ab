"""Notices by mail to an establishment: what was asked, approved or changed there, and what new thing lets in.

The database writes them as things happen; this sends them, from a process of its own. A notice that cannot be
sent is tried again, ever later, and is never lost; its number is the message's, so that one sent twice is seen as one.
"""

import asyncio
import smtplib
import ssl
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Final, Literal, Self

import msgspec
from cryptography.exceptions import InvalidTag

from egide import db
from egide.core.contact import Contact
from egide.core.refusal import Refusal, RefusalCode
from egide.outbox import sql
from egide.vault import Sealer, read_settings

_BATCH: Final = 20
_TIMEOUT_SECONDS: Final = 20
_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

_ABOUT: Final = {
    "iban": "le compte bancaire où votre établissement est payé",
    "contact": "l'adresse à laquelle ces avis sont envoyés",
    "administrator": "les administrateurs de votre établissement",
    "recovery": "l'accès d'une personne de votre établissement, qui a perdu ses clés d'accès",
}
_SAID: Final = {
    "asked": "Un changement a été demandé : {about}{shown}.\n"
    "Il n'aura lieu que si une autre personne l'approuve, puis trois jours après.",
    "approved": "Un changement a été approuvé : {about}{shown}.\n"
    "Il aura lieu dans trois jours, sauf si un administrateur l'arrête.",
    "applied": "Un changement est en vigueur : {about}{shown}.",
    "cancelled": "Un changement a été arrêté : {about}{shown}. Rien n'a changé.",
}
_NEW: Final = {
    "passkey": "Une clé d'accès a été créée pour une personne de votre établissement.",
    "key": "Une clé de logiciel a été inscrite pour votre établissement.",
    "device": "Une personne de votre établissement est entrée depuis un navigateur jamais vu.",
}
_ELSE: Final = (
    "Si vous ne l'attendiez pas : dans votre espace, arrêtez le changement, retirez la clé ou fermez la session.\n"
    "Ce message ne contient aucun lien et ne demande rien : n'en suivez aucun qui prétendrait venir de nous.\n"
)


class Mailbox(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By which server notices leave.

    Args:
        security: ``none`` only to this very machine.
        sender: the address they come from.
    """

    host: str
    sender: str
    port: int = 465
    security: Literal["tls", "starttls", "none"] = "tls"
    user: str = ""
    password: str = ""

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read a JSON file that only its owner reads; Refusal ``value-invalid`` says what is wrong."""
        read = read_settings(path, cls)
        if read.security == "none" and read.host not in _LOOPBACK:
            raise Refusal(RefusalCode.VALUE_INVALID, where="security", hint="tls ou starttls.")
        return read

    def send(self, message: EmailMessage) -> None:
        """Send a message; raises OSError or smtplib.SMTPException where it is not taken."""
        safe = ssl.create_default_context()
        server: smtplib.SMTP
        if self.security == "tls":
            server = smtplib.SMTP_SSL(
                self.host, self.port, timeout=_TIMEOUT_SECONDS, context=safe
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT_SECONDS)
        with server:
            if self.security == "starttls":
                server.starttls(context=safe)
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)


async def send_notices(
    pool: db.Pool, sealer: Sealer, sender: str, send: Callable[[EmailMessage], None]
) -> tuple[int, int]:
    """Send a batch of what is due; return how many were taken and how many will be tried again.

    Each is leased before it is sent, so that two processes do not send it both.
    """
    async with db.transaction(pool) as tx:
        rows = await sql.lease(tx, _BATCH)
    sent = 0
    for row in rows:
        try:
            message = _message(row, sealer, sender)
            await asyncio.to_thread(send, message)
        except (OSError, smtplib.SMTPException, ValueError, InvalidTag):
            continue  # one that cannot be read or taken waits; it keeps no other back
        async with db.statement(pool) as tx:
            await sql.note_sent(tx, row.notice_id)
        sent += 1
    return sent, len(rows) - sent


def _message(row: sql.Notice, sealer: Sealer, sender: str) -> EmailMessage:
    text = sealer.unpack(row.contact_sealed, Contact.owner(row.establishment_id))
    contact = Contact.read(text.decode())
    if row.event == "new":
        said = _NEW[row.about]
    else:
        shown = f" (nouveau compte finissant par {row.shown})" if row.shown else ""
        said = _SAID[row.event].format(about=_ABOUT[row.about], shown=shown)
    message = EmailMessage()
    message["From"], message["To"] = sender, contact.mail
    message["Subject"] = "Égide : avis de sécurité"
    message["Message-ID"] = f"<{row.notice_id}@{sender.rpartition('@')[2]}>"
    message["Date"] = row.made_at
    message.set_content(f"{row.name}\n\n{said}\n\n{_ELSE}")
    return message
