"""The rules of every computed figure, as pure functions. They know no database and no web."""

RULES_VERSION = "2026.1"
