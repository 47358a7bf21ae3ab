"""PostgreSQL and nothing else: pool, transaction, lane, migrations, roles, the embedded server."""

from egide.db.lane import Lane
from egide.db.pool import (
    DatabaseError,
    LockTimeout,
    Login,
    Pool,
    Row,
    Tx,
    UniqueViolation,
    columns,
    copy_in,
    first,
    many,
    open_pool,
    read,
    run,
    script,
    statement,
    stream,
    transaction,
)
from egide.db.settings import Settings, settings
from egide.db.store import Role, Store, give_login, open_store, own_login

__all__ = [
    "DatabaseError",
    "Lane",
    "LockTimeout",
    "Login",
    "Pool",
    "Role",
    "Row",
    "Settings",
    "Store",
    "Tx",
    "UniqueViolation",
    "columns",
    "copy_in",
    "first",
    "give_login",
    "many",
    "open_pool",
    "open_store",
    "own_login",
    "read",
    "run",
    "script",
    "settings",
    "statement",
    "stream",
    "transaction",
]
