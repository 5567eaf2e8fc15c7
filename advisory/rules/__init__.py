"""The rules of advice (docs/advice.md, A1 to A9), as pure functions. They know no database and no web."""
