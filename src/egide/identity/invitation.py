"""The code of an account's first passkey: given on paper, kept by its hash, used once."""

import hashlib
import os
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from egide import db
from egide.core.ids import to_code
from egide.identity import sql

CODE_DAYS: Final = 7


def new_code() -> tuple[str, bytes]:
    """Return a code of 128 random bits to hand over, and its hash to keep."""
    code = UUID(bytes=os.urandom(16))
    return to_code(code), code_hash(code)


def code_hash(code: UUID) -> bytes:
    """Return what is kept of a code."""
    return hashlib.sha256(b"invitation\0" + code.bytes).digest()


async def give_code(tx: db.Tx, account_id: UUID, now: datetime) -> str:
    """Return a code that lets an account make its first passkey, for seven days; it cannot be shown again."""
    code, kept = new_code()
    await sql.insert_invitation(tx, kept, account_id, now + timedelta(days=CODE_DAYS))
    return code
