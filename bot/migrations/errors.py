"""Why a database cannot be brought up to date, with what to do about it.

MigrationError
+-- DatabaseUnreachable   database_unreachable
+-- DatabaseBroken        database_broken
+-- DatabaseForeign       database_foreign
+-- DatabaseNewer         database_newer
`-- UrlNotUsable          database_url_invalid
"""

from __future__ import annotations

from typing import ClassVar


class MigrationError(Exception):
    """Base; `where` names the database without a password, `reason` what was found there."""

    code: ClassVar[str] = "migration_failed"
    what: ClassVar[str] = "The database could not be brought up to date."
    advice: ClassVar[str] = "Restore a back-up, or report the reason above."

    def __init__(self, where: str, reason: str) -> None:
        super().__init__(where, reason)
        self.where = where
        self.reason = reason

    def __str__(self) -> str:
        return f"{self.what} Database: {self.where}. Reason: {self.reason}. {self.advice}"


class DatabaseUnreachable(MigrationError):
    """No connection, no permission, no space, or locked by another program."""

    code = "database_unreachable"
    what = "The database cannot be used now."
    advice = (
        "Check that the server runs and the URL is right; for a file, that its folder is writable, "
        "the disk has space and no other program holds it open."
    )


class DatabaseBroken(MigrationError):
    """The file is damaged or is no database."""

    code = "database_broken"
    what = "The database file is damaged or is not a database."
    advice = (
        "Nothing was changed. Move the file away and restore a back-up, or start with a new one."
    )


class DatabaseForeign(MigrationError):
    """The database holds tables of another program."""

    code = "database_foreign"
    what = "The database belongs to another program."
    advice = "Nothing was changed. Give an empty database or another file name in the URL."


class DatabaseNewer(MigrationError):
    """The database was migrated by a newer release."""

    code = "database_newer"
    what = "The database was written by a newer release."
    advice = "Nothing was changed. Install that release again, or restore a back-up made before it."


class UrlNotUsable(MigrationError):
    """The URL names no supported database."""

    code = "database_url_invalid"
    what = "The database URL is not usable."
    advice = "Use sqlite+aiosqlite:///path/to/file.db or postgresql+asyncpg://user@host/name."
