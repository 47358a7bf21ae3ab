"""What a database is made of, as PostgreSQL itself tells it: one text to compare two installations by."""

import hashlib
import os
import re
import subprocess
from typing import Final

from egide.db.cluster import install_folder
from egide.db.pool import Login

_NOISE: Final = re.compile(
    r"^(--.*|SET .*;|SELECT pg_catalog\.set_config.*|\\(un)?restrict .*|COMMENT ON SCHEMA public.*)?\n",
    re.MULTILINE,
)
# PostgreSQL 18 names what is not null after the name a column was born with: one renamed since differs in nothing else.
_NOT_NULL: Final = re.compile(r" CONSTRAINT \w+_not_null NOT NULL")
_BODY: Final = re.compile(r"AS (\$\w*\$)(.*?)\1", re.DOTALL)


def dump_schema(owner: Login) -> str:
    """Return the schema without its rows; a function's body stands as its digest, its text being in its file.

    Raises:
        RuntimeError: pg_dump cannot read the database; the message is its own.
    """
    environment = dict(os.environ)
    if owner.password is not None:
        environment["PGPASSWORD"] = owner.password
    if owner.user is not None:
        environment["PGUSER"] = owner.user
    done = subprocess.run(
        [str(install_folder() / "bin" / "pg_dump"), "--schema-only", "--dbname", owner.url],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr.strip())
    text = _NOT_NULL.sub(" NOT NULL", _BODY.sub(_digest, _NOISE.sub("", done.stdout)))
    # Rights stand in the order in which they were given, which says nothing.
    rights: set[str] = set()
    rest: list[str] = []
    for line in text.splitlines(keepends=True):
        if line.startswith(("GRANT ", "REVOKE ")):
            rights.add(line)
        else:
            rest.append(line)
    return "".join([*rest, *sorted(rights)])


def _digest(body: re.Match[str]) -> str:
    return f"AS '{hashlib.sha256(body[2].encode()).hexdigest()}'"
