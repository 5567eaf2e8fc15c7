"""Import of spreadsheets as offices have them: read by content, mapped, previewed, applied, undone."""
