"""Migrations of the database, run at every start: `run.upgrade` brings a database to the head."""
