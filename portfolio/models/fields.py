"""Fields that keep exact decimals in databases that would make floats of them."""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Length

from portfolio.names import folded

KEY_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]*\Z"
MAX_AMOUNT = Decimal("999999999999.99")
MAX_RATE = Decimal("999999999999.999999")
MAX_EURO_VALUE = Decimal("92233720368547758.07")
FOLDED_LENGTH = 500  # of folded names


def key_field(name: str, *, unique: bool = True) -> models.CharField:
    """Return a natural-key column: a word that may stand in a file name or an address."""
    message = "Use letters, digits, dots, hyphens and underscores, beginning with a letter or a digit."
    return models.CharField(
        name, max_length=255, unique=unique, validators=[RegexValidator(KEY_PATTERN, message)]
    )


class ScaledDecimalField(models.BigIntegerField):
    """A decimal with a fixed number of places, stored as a whole number of its smallest unit.

    SQLite keeps decimals as floats, so sums of them would be inexact; sums of whole numbers are not.
    """

    places = 0
    unit = Decimal(1)  # of the last place, by `places`; a stored value, of 64 bits, times it is exact
    max_value = Decimal(0)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls.unit = Decimal(1).scaleb(-cls.places)

    if TYPE_CHECKING:  # what django-stubs takes for the types of a custom field
        _pyi_private_set_type: Decimal | int  # type: ignore[assignment]
        _pyi_private_get_type: Decimal  # type: ignore[assignment]
        _validators: list[Any]

    def _to_stored(self, value: Decimal) -> int:
        scaled = value.scaleb(self.places)
        if scaled != scaled.to_integral_value():
            raise ValidationError(f"“{value}” has more than {self.places} decimals.")
        return int(scaled)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else self.unit * value

    def column_from_db(self, column: Iterable[Any]) -> list[Decimal | None]:
        """Return what `from_db_value` makes of each value of a column."""
        unit = self.unit
        return [None if value is None else unit * value for value in column]

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        if isinstance(value, float):
            raise ValidationError("An exact decimal is needed, not a float.")
        try:
            return Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError(f"“{value}” is not a decimal number.") from error

    def get_prep_value(self, value: Any) -> int | None:
        decimal = self.to_python(value)
        return None if decimal is None else self._to_stored(decimal)

    def get_internal_type(self) -> str:
        return "BigIntegerField"

    @property
    def validators(self) -> list[Any]:
        # BigIntegerField's own validators speak of the stored range, not of the decimal.
        return [*self._validators, MaxValueValidator(self.max_value)]

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        value = super().clean(value, model_instance)
        if value is not None:
            self._to_stored(value)
        return value

    def value_to_string(self, obj: models.Model) -> str:
        value = self.value_from_object(obj)
        return "" if value is None else format(value, "f")

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        defaults = {
            "form_class": forms.DecimalField,
            "max_digits": len(self.max_value.as_tuple().digits),
            "decimal_places": self.places,
            "max_value": self.max_value,
        }
        # IntegerField.formfield would force a forms.IntegerField.
        return models.Field.formfield(self, **{**defaults, **kwargs})


class MoneyField(ScaledDecimalField):
    """An amount of money: cents in the database, Decimal with two places in Python."""

    description = "Amount of money"
    places = 2
    max_value = MAX_AMOUNT


class EuroSumField(MoneyField):
    """A derived or summed euro amount, which may be larger than any single recorded one, or negative."""

    max_value = MAX_EURO_VALUE


class RateField(ScaledDecimalField):
    """Units of a currency for one euro: millionths in the database."""

    description = "Exchange rate"
    default_error_messages = {
        "min_value": "“%(show_value)s” is a rate of zero or below. Give units of the currency for one euro."
    }
    places = 6
    max_value = MAX_RATE


class ExactDecimalField(models.CharField):
    """A decimal of any number of places, kept as its shortest plain text and spoken as Decimal."""

    description = "Exact decimal"

    if TYPE_CHECKING:
        _pyi_private_set_type: Decimal | int  # type: ignore[assignment]
        _pyi_private_get_type: Decimal  # type: ignore[assignment]
        _validators: list[Any]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", 40)
        super().__init__(*args, **kwargs)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return Decimal(value) if value not in (None, "") else None

    def to_python(self, value: Any) -> Decimal | None:
        if value is None or value == "":
            return None
        if isinstance(value, Decimal):
            return value
        try:
            return Decimal(str(value))
        except InvalidOperation as error:
            raise ValidationError(f"“{value}” is not a decimal number.") from error

    def get_prep_value(self, value: Any) -> str | None:
        decimal = self.to_python(value)
        return None if decimal is None else plain(decimal)

    @property
    def validators(self) -> list[Any]:
        # The length validator of CharField measures texts, and this field's values are numbers.
        return list(self._validators)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return models.Field.formfield(self, **{"form_class": forms.DecimalField, **kwargs})


class RatioField(models.CharField):
    """A ratio of zero or more with a fixed number of places, spoken as Decimal.

    Stored as text of one width, so that it is exact in every database and sorts by value.
    """

    description = "Exact ratio"
    integer_digits = 21

    if TYPE_CHECKING:
        _pyi_private_set_type: Decimal | int  # type: ignore[assignment]
        _pyi_private_get_type: Decimal  # type: ignore[assignment]

    def __init__(self, *args: Any, places: int, **kwargs: Any) -> None:
        self.places = places
        kwargs["max_length"] = self.integer_digits + 1 + places
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        del kwargs["max_length"]
        return name, path, args, {**kwargs, "places": self.places}

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Decimal | None:
        return None if value is None else Decimal(value)

    def column_from_db(self, column: Iterable[Any]) -> list[Decimal | None]:
        """Return what `from_db_value` makes of each value of a column."""
        return [None if value is None else Decimal(value) for value in column]

    def to_python(self, value: Any) -> Decimal | None:
        return value if value is None or isinstance(value, Decimal) else Decimal(str(value))

    def get_prep_value(self, value: Any) -> str | None:
        decimal = self.to_python(value)
        return None if decimal is None else f"{decimal:0{self.max_length}.{self.places}f}"


class FoldedField(models.CharField):
    """What other columns of the row say, folded (`names.folded`): to order by, and to search in.

    Derived whenever the row is saved, from the columns `of`; no fact, so histories leave it out. Ordered by
    code point in every database. Without `max_length` it keeps all of a text, too long for an index.
    """

    description = "Folded text"

    def __init__(self, *args: Any, of: tuple[str, ...], **kwargs: Any) -> None:
        self.of = tuple(of)
        super().__init__(*args, **{**kwargs, "editable": False, "default": "", "db_default": ""})

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        for given in ("editable", "default", "db_default"):
            del kwargs[given]
        return name, path, args, {**kwargs, "of": self.of}

    def db_parameters(self, connection: Any) -> Any:
        parameters = super().db_parameters(connection)
        if connection.vendor == "postgresql":
            parameters["collation"] = "C"
        return parameters

    def folded_of(self, values: Iterable[str]) -> str:
        """Return what to store for the values of the columns `of`, in their order."""
        text = " ".join(filter(None, map(folded, values)))
        return text if self.max_length is None else text[: self.max_length]

    def pre_save(self, model_instance: models.Model, add: bool) -> str:
        value = self.folded_of(getattr(model_instance, name) for name in self.of)
        setattr(model_instance, self.attname, value)
        return value


FoldedField.register_lookup(Length)


def folded_name_field(*of: str) -> FoldedField:
    """Return the column that names are ordered by: short enough for an index in every database."""
    return FoldedField("folded name", of=of, max_length=FOLDED_LENGTH, db_index=True)


def plain(value: Decimal) -> str:
    """Return a decimal as plain text without an exponent and without trailing zeros."""
    text = format(value, "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in {"", "-0"} else text


def not_negative() -> MinValueValidator:
    return MinValueValidator(Decimal(0))
