"""What a list's parameters are refused with: which, its value, and what is accepted."""


class ParameterRefused(Exception):
    """A parameter that cannot be read; its text says what is wrong and what is accepted."""

    def __init__(self, title: str, name: str, value: str, detail: str) -> None:
        super().__init__(detail)
        self.title, self.name, self.value = title, name, value
