"""Why a back-up, a restore or a move did not happen, with what to do about it."""

from __future__ import annotations

from bot.errors import BotError


class StorageError(BotError):
    """Nothing was changed where the data was to go.

    Codes: `backup_exists`, `backup_unreadable`, `backup_damaged`, `backup_newer`,
    `restore_target_in_use`, `restore_would_overwrite`, `restore_mismatch`, `database_in_use`,
    `no_database`, `wrong_target`, `target_not_empty`, `copy_mismatch`.
    """

    def __init__(self, code: str, *, happened: str, todo: str) -> None:
        super().__init__(code, happened, todo)
        self.code = code
        self.happened = happened
        self.todo = todo

    def __str__(self) -> str:
        return f"{self.happened} {self.todo}"
