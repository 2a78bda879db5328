"""Durable background work: an outbox in the domain transaction and leased jobs."""
