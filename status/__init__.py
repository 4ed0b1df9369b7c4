"""The status page and the decisions behind it. Nothing happens at import."""
