"""Telling who wants to be told: fanning notices out, freezing messages, sending them (docs/subscriptions.md)."""
