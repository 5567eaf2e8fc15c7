"""What a list's parameters are refused with: which, its value, and what is accepted."""


class ParameterRefused(Exception):
    """A parameter that cannot be read; its text says what is wrong and what is accepted."""

    def __init__(self, title: str, name: str, value: str, detail: str) -> None:
        super().__init__(detail)
        self.title, self.name, self.value = title, name, value


class NotThere(Exception):
    """Something that an address names and that there is not; `members` belong into the problem document."""

    def __init__(self, title: str, detail: str, **members: str) -> None:
        super().__init__(detail)
        self.title, self.members = title, members


class NotAsPublished(Exception):
    """A publication that was tampered with; nothing of it is served."""

    def __init__(self, detail: str, publication: str) -> None:
        super().__init__(detail)
        self.publication = publication


class Outdated(Exception):
    """What was prepared for a list is outdated before it could be read: it has to be prepared again."""


class NoResults(Exception):
    """Nothing has been computed yet."""
