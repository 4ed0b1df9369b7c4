"""Alerting the desk's own people, and telling somebody outside that all of it works (docs/on-call.md)."""
