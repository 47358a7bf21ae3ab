"""What must leave the machine: notices by mail."""

from egide.outbox.notices import Mailbox, send_notices

__all__ = ["Mailbox", "send_notices"]
