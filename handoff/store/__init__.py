"""The system of record: tables, connections and transactions over SQLite and PostgreSQL."""
