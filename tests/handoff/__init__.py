"""Tests of the handoff core."""
