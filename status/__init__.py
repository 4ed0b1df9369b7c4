"""The status page and the decisions behind it. Nothing happens at import."""

__version__ = "0.1.0"
