"""Decisions without I/O: no await, no Session, no clock read."""
