"""Alembic migrations: linear, `NNNN_slug.py`, forward-safe while the previous release still runs."""
