"""The read side: SQL to frozen dataclasses for pages and feeds."""
