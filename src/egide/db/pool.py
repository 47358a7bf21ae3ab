"""Connections and transactions: the only place that knows the driver.

A function that takes a ``Pool`` owns its transaction, one that takes a ``Tx`` joins its caller's.
"""

from collections.abc import AsyncGenerator, Callable, Generator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import Field, dataclass, fields
from operator import attrgetter
from typing import Any, ClassVar, Final, LiteralString, Protocol, TypeAlias, TypeVar, cast

import asyncpg
import msgspec

from egide.core.refusal import InvariantError

# A connection or the pool's stand-in for one: the driver types only a part of either.
_AnyConnection: TypeAlias = Any
Row = asyncpg.Record
_Read = TypeVar("_Read")
UniqueViolation = asyncpg.UniqueViolationError
DatabaseError = asyncpg.PostgresError


class LostConnectionError(Exception):
    """A connection was lost between two statements, or its pool is closing."""


# The database is away, going, coming back, full, or not written by this login any more. What was not acknowledged may
# be asked again.
UNAVAILABLE: Final = (
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.CannotConnectNowError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.InsufficientResourcesError,
    asyncpg.PostgresIOError,
    asyncpg.ReadOnlySQLTransactionError,
    ConnectionError,
    TimeoutError,
    FileNotFoundError,  # its socket, while it is away
    LostConnectionError,
)
# All that a task of the background lives through: it says so and tries again.
FAULTS: Final = (*UNAVAILABLE, OSError, asyncpg.InterfaceError, asyncpg.PostgresError)
QueryCanceled = asyncpg.QueryCanceledError
_ACQUIRE_SECONDS: Final = 10.0


class _Dataclass(Protocol):
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class _Connection(asyncpg.Connection):  # type: ignore[type-arg]  # asyncpg's generic has no stub
    """A connection that the pool hands on as it is: we leave nothing behind to reset."""

    def get_reset_query(self) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class Login:
    """A PostgreSQL address with the user and password to enter by."""

    url: str
    user: str | None = None
    password: str | None = None


# Another transaction was in the way: nothing was done, and the same may be asked again.
CONTENDED: Final = (
    asyncpg.LockNotAvailableError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
)


class Pool:
    """Some connections to one database under one role."""

    def __init__(self, pool: Any) -> None:  # noqa: ANN401 - the driver's pool, typed in part
        self._pool = pool

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    def acquire(self) -> Any:  # noqa: ANN401 - the driver's context manager has no public type
        """Return the driver's context manager of one connection, waited for ten seconds at most."""
        return self._pool.acquire(timeout=_ACQUIRE_SECONDS)


def _encoded(value: object) -> bytes:
    return b"\x01" + msgspec.json.encode(value)


def _decoded(data: bytes) -> Any:  # noqa: ANN401 - whatever JSON holds
    return msgspec.json.decode(data[1:])


async def _prepare(connection: _AnyConnection) -> None:
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_encoded,
        decoder=_decoded,
        format="binary",
    )


async def open_pool(login: Login, *, size: int = 4) -> Pool:
    """Open at most ``size`` connections (8 a process is where more stops helping)."""
    create = cast("Any", asyncpg.create_pool)  # pyright: ignore[reportUnknownMemberType]  # typed in part
    pool = await create(
        login.url,
        user=login.user,
        password=login.password,
        min_size=1,
        max_size=size,
        init=_prepare,
        connection_class=_Connection,
        command_timeout=600,
    )
    return Pool(pool)


class Tx:
    """An open transaction (or a lone statement's turn), made only by this module."""

    __slots__ = ("connection",)

    def __init__(self, connection: _AnyConnection) -> None:
        self.connection = connection


@contextmanager
def _told_apart() -> Generator[None]:
    """Tell a connection that was lost from a statement that is wrong: the driver says both by one class."""
    try:
        yield
    except asyncpg.InterfaceError as error:
        if type(error) is asyncpg.InterfaceError:
            raise LostConnectionError from error
        raise


@asynccontextmanager
async def transaction(pool: Pool) -> AsyncGenerator[Tx]:
    """Open a transaction; it commits when the block ends and rolls back when it raises."""
    with _told_apart():
        async with pool.acquire() as connection, connection.transaction():
            yield Tx(connection)


@asynccontextmanager
async def statement(pool: Pool) -> AsyncGenerator[Tx]:
    """Take a connection whose statements each commit by themselves."""
    with _told_apart():
        async with pool.acquire() as connection:
            yield Tx(connection)


async def many(tx: Tx, query: LiteralString, *values: object) -> list[Row]:
    """Return every row of a query."""
    return await tx.connection.fetch(query, *values)


async def read(
    tx: Tx, kind: Callable[..., _Read], query: LiteralString, *values: object
) -> list[_Read]:
    """Return every row of a query as a ``kind``, made of its columns by name."""
    return [kind(**row) for row in await many(tx, query, *values)]


async def read_one(
    tx: Tx, kind: Callable[..., _Read], query: LiteralString, *values: object
) -> _Read | None:
    """Return the first row of a query as a ``kind``, None if there is none."""
    row = await first(tx, query, *values)
    return None if row is None else kind(**row)


def columns(rows: Sequence[_Dataclass]) -> list[list[object]]:
    """Return dataclasses as the columns of a statement that unnests them: a list a field, in their order."""
    names = attrgetter(*(one.name for one in fields(rows[0])))
    return [list(column) for column in zip(*map(names, rows), strict=True)]


async def stream(
    tx: Tx, query: LiteralString, *values: object, size: int
) -> AsyncGenerator[Row]:
    """Yield the rows of a query, ``size`` at a time from the server; the transaction must stay open."""
    cursor = await tx.connection.cursor(query, *values)
    while rows := await cursor.fetch(size):
        for row in rows:
            yield row


async def first(tx: Tx, query: LiteralString, *values: object) -> Row | None:
    """Return the first row of a query, None if there is none."""
    return await tx.connection.fetchrow(query, *values)


async def run(tx: Tx, query: LiteralString, *values: object, changes: int | None = None) -> int:
    """Execute a statement; if ``changes`` is given, any other count of rows is a defect."""
    status = await tx.connection.execute(query, *values)
    tail = status.rpartition(" ")[2]
    count = int(tail) if tail.isdigit() else 0
    if changes is not None and count != changes:
        message = f"a statement changed {count} rows instead of {changes}"
        raise InvariantError(message)
    return count


async def script(tx: Tx, text: str) -> None:
    """Execute the statements of a migration file."""
    await tx.connection.execute(text)


async def copy_in(tx: Tx, table: str, columns: Sequence[str], data: bytes) -> None:
    """Load rows already encoded in PostgreSQL's binary COPY format."""

    async def source() -> AsyncGenerator[bytes]:
        yield data

    await tx.connection.copy_to_table(table, source=source(), columns=columns, format="binary")
