"""What measures each published figure: the one place that maps figures to records."""

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal

from portfolio.models import EnvelopeUtilisation, PublishedFigure
from portfolio.queries.figure_records import Gigafactory, Named, Needs, Records
from portfolio.rules.money import divide
from portfolio.rules.project_coverage import RATIO_PLACES
from portfolio.rules.published_figures import NO_BOUND, Measurement, largest, smallest
from portfolio.vocabulary import LOWER_BOUNDS, Bound, EnvelopeKind, FinancierKind, Reason

Measure = Callable[[Records, PublishedFigure], Measurement]

NONE_SELECTED = "no AI gigafactory is selected"
NO_FACTORY = "no AI factory is selected"
PUBLIC = (FinancierKind.EU_BUDGET, FinancierKind.PARTICIPATING_STATE, FinancierKind.OTHER_PUBLIC)
EU_AT_GIGAFACTORIES = "signed EU money of AI gigafactories that have not ended"
SOME_AMOUNT = "an amount was not disclosed, or an exchange rate is missing"

# Figures about one envelope, one project, one system and one chip model, by the natural keys of these.
ENVELOPE_MONEY = {
    "eurohpc_union_contribution_eur": "eurohpc-union-contribution",
    "investai_gigafactories_eur": "investai-gigafactories",
    "investai_total_eur": "investai-mobilisation",
    "investeu_guarantee_eur": "investeu-guarantee",
    "investeu_target_eur": "investeu-mobilisation",
    "techeu_own_financing_eur": "techeu-own-financing",
    "techeu_target_eur": "techeu-mobilisation",
}
ENVELOPE_MULTIPLIER = {
    "investeu_multiplier": "investeu-mobilisation",
    "techeu_multiplier": "techeu-mobilisation",
}
PROJECT_NEED = {
    "ai_at_investment_eur": "ai-at",
    "iberian_investment_eur": "iberian",
    "it4lia_investment_eur": "it4lia",
    "l_ai_factory_investment_eur": "l-ai-factory",
    "slaif_investment_eur": "slaif",
}
PROJECT_SIGNED = {"marenostrum_upgrade_eur": "bsc-aif"}
PROJECT_EU_MONEY = {"nl_aif_eu_eur": "nl-aif"}
PROJECT_CHIPS = {"baltic_chips": "baltic", "black_sea_chips": "black-sea"}
PROJECT_EQUIVALENTS = {"aion_h100_equivalents": "aion"}
SYSTEM_CHIPS = {
    "alice_recoque_chips": ("ai2f", "Alice Recoque"),
    "jupiter_chips": ("jaif", "JUPITER Booster"),
    "meluxina_ai_chips": ("l-ai-factory", "MeluXina-AI"),
}
MODEL_SPEED = {"b300_bf16_dense_tflops": "b300"}

NAMED = Named(
    projects=sorted(
        {*PROJECT_NEED.values(), *PROJECT_SIGNED.values(), *PROJECT_EU_MONEY.values()}
        | {*PROJECT_CHIPS.values(), *PROJECT_EQUIVALENTS.values()}
    ),
    envelopes=sorted({*ENVELOPE_MONEY.values(), *ENVELOPE_MULTIPLIER.values()}),
    systems=sorted(SYSTEM_CHIPS.values()),
    models=sorted(MODEL_SPEED.values()),
)


def words(reasons: Iterable[str]) -> str:
    """Return reasons under `incomplete` in words."""
    return "; ".join(str(Reason(word).label) for word in sorted(set(reasons)))


def lacking(incomplete: str, among: Sequence[str] = tuple(Reason)) -> str:
    """Return in words those reasons of a row that stand among the given ones."""
    return words(word for word in incomplete.split(";") if word in among)


def bounded(
    measure: str, value: Decimal | int | None, unit: str, why: str = "", bound: str = Bound.AT_LEAST
) -> Measurement:
    """Return a measurement that is a bound where there is a reason, and exact where there is none."""
    exact = Decimal(value) if isinstance(value, int) else value
    return Measurement(measure, exact, unit, bound if why and exact is not None else Bound.EXACT, why)


# How many there are.


def gigafactories_selected(records: Records, figure: PublishedFigure) -> Measurement:
    """Return how many AI gigafactories are selected (rule 12)."""
    return bounded("selected AI gigafactories", records.metrics.get("gigafactories_selected"), "")


def factories_selected(records: Records, figure: PublishedFigure) -> Measurement:
    """Return how many AI factories are selected (rule 12)."""
    return bounded("selected AI factories", records.metrics.get("ai_factories_selected"), "")


def host_states(records: Records, figure: PublishedFigure) -> Measurement:
    """Return how many states host selected AI factories: a lower bound where one has no country."""
    why = "a selected AI factory has no country" if "" in records.host_states else ""
    return bounded("lead countries of selected AI factories", len(records.host_states - {""}), "", why)


# Chips.


def chips_of_gigafactories(records: Records, figure: PublishedFigure) -> Measurement:
    """Return the mean over selected gigafactories with a known number of chips."""
    selected = records.gigafactories
    rows = [row.chips for row in selected if row.chips.chips is not None]
    if not rows:
        why = words([Reason.CHIP_COUNT_UNKNOWN]) if selected else NONE_SELECTED
        return Measurement("mean chips of selected AI gigafactories", None, "chips", why=why)
    measure = (
        "mean chips of the selected AI gigafactory"
        if len(selected) == 1
        else f"mean chips of the {len(selected)} selected AI gigafactories"
    )
    if len(rows) < len(selected):
        measure = (
            f"mean chips of {len(rows)} of the {len(selected)} selected AI gigafactories"
            " (the others' number is unknown)"
        )
    why = "; ".join({lacking(row.incomplete, [Reason.CHIP_COUNT_UNKNOWN]) for row in rows} - {""})
    mean = divide(sum(row.chips or 0 for row in rows), len(rows), 2)
    return bounded(measure, mean, "chips", why)


def chips_of_each_gigafactory(records: Records) -> list[Measurement]:
    """Return the chips of each selected gigafactory, by name."""
    return [project_chips_of(row) for row in records.gigafactories]


def project_chips_of(row: Gigafactory) -> Measurement:
    """Return a project's chips (rule 9): a lower bound where a system has no number."""
    why = lacking(row.chips.incomplete, [Reason.CHIP_COUNT_UNKNOWN])
    return bounded(f"chips of {row.coverage.project.name}", row.chips.chips, "chips", why)


def largest_existing(records: Records, figure: PublishedFigure) -> Measurement:
    """Return the largest of the existing baseline (rule 10)."""
    largest = records.metrics.get("existing_chips_max")
    measure = "chips installed or operational at the largest AI factory with a known number"
    return Measurement(measure, largest, "chips", why="" if largest else words([Reason.CHIP_COUNT_UNKNOWN]))


def system_chips(records: Records, figure: PublishedFigure) -> Measurement:
    """Return the chips of one system, in whatever status it has on the day."""
    key = SYSTEM_CHIPS[figure.key]
    measure = f"chips of {key[1]}"
    if key not in records.systems:
        return Measurement(measure, None, "chips", why="the records hold no such system on this day")
    chips = records.systems[key]
    return bounded(measure, chips, "chips", words([Reason.CHIP_COUNT_UNKNOWN]) if chips is None else "")


def model_speed(records: Records, figure: PublishedFigure) -> Measurement:
    """Return the dense BF16 speed of one chip model."""
    speed = records.model_speeds.get(MODEL_SPEED[figure.key])
    why = "" if speed else "the records leave the speed of this chip open"
    return Measurement("dense BF16 speed of the chip model", speed, "TFLOP/s", why=why)


# What one project has.


def of_project(slugs: dict[str, str], measured: Callable[[Records, Gigafactory], Measurement]) -> Measure:
    """Return the measure of a figure about one project."""

    def measure(records: Records, figure: PublishedFigure) -> Measurement:
        row = records.projects.get(slugs[figure.key])
        if row is None:
            return Measurement("the project that it names", None, why="the records hold no such project")
        return measured(records, row)

    return measure


def need(records: Records, row: Gigafactory) -> Measurement:
    """Return a project's need (rule 4)."""
    why = "" if row.coverage.need_eur is not None else _no_need(row)
    return bounded(f"need of {row.coverage.project.name}", row.coverage.need_eur, "EUR", why)


def _no_need(row: Gigafactory) -> str:
    reasons = {Reason.NO_COST_ESTIMATE} & set(row.coverage.incomplete.split(";"))
    return words(reasons or {Reason.NO_EXCHANGE_RATE})


def signed(records: Records, row: Gigafactory) -> Measurement:
    """Return a project's signed money (rule 3)."""
    why = lacking(row.coverage.incomplete, LOWER_BOUNDS)
    return bounded(f"signed money of {row.coverage.project.name}", row.coverage.signed_eur, "EUR", why)


def eu_signed(records: Records, row: Gigafactory) -> Measurement:
    """Return a project's signed EU money."""
    money = records.signed_by_eu.get(row.coverage.project.slug, Decimal("0.00"))
    why = lacking(row.coverage.incomplete, LOWER_BOUNDS)
    return bounded(f"signed EU money of {row.coverage.project.name}", money, "EUR", why)


def chips(records: Records, row: Gigafactory) -> Measurement:
    """Return a project's chips (rule 9)."""
    return project_chips_of(row)


def equivalents(records: Records, row: Gigafactory) -> Measurement:
    """Return a project's H100 equivalents (rule 9): a lower bound where a system has no number."""
    known = row.chips.h100_equivalents
    why = lacking(row.chips.incomplete, [Reason.CHIP_COUNT_UNKNOWN] if known else tuple(Reason))
    return bounded(f"H100 equivalents of {row.coverage.project.name}", known, "H100 equivalents", why)


# What selected gigafactories have, each of them.


def of_gigafactories(
    column: str, unit: str, measure: str, choose: Callable[[str, str, Sequence[Measurement]], Measurement]
) -> Measure:
    """Return the measure of a figure about the need, or a share of it, of every selected gigafactory."""

    def measured(records: Records, figure: PublishedFigure) -> Measurement:
        if not records.gigafactories:
            return Measurement(measure, None, unit, why=NONE_SELECTED)
        return choose(measure, unit, [_part_of_need(row, column, unit) for row in records.gigafactories])

    return measured


def _part_of_need(row: Gigafactory, column: str, unit: str) -> Measurement:
    value = getattr(row.coverage, column)
    if value is None:
        return Measurement(column, None, unit, why="the need of a selected AI gigafactory is unknown or zero")
    return bounded(
        column, value, unit, "" if column == "need_eur" else lacking(row.coverage.incomplete, LOWER_BOUNDS)
    )


def public_share(records: Records, figure: PublishedFigure) -> Measurement:
    """Return signed public money over the needs of selected gigafactories that have one."""
    measure = "signed public money over the known needs of selected AI gigafactories"
    needs = [row.coverage.need_eur for row in records.gigafactories if row.coverage.need_eur is not None]
    if not needs:
        why = "no selected AI gigafactory has a known need" if records.gigafactories else NONE_SELECTED
        return Measurement(measure, None, "share", why=why)
    money = records.signed_at_needed_gigafactories
    share = divide(money.of(*PUBLIC), sum(needs, Decimal(0)), RATIO_PLACES)
    return bounded(measure, share, "share", SOME_AMOUNT if money.lacking else "")


def signed_for_gigafactories(measure: str, *kinds: FinancierKind) -> Measure:
    """Return the measure of money for gigafactories: signed, of these kinds of financiers."""

    def measured(records: Records, figure: PublishedFigure) -> Measurement:
        money = records.signed_at_gigafactories
        why = SOME_AMOUNT if money.lacking else ""
        return bounded(measure, money.of(*kinds), "EUR", why)

    return measured


# AI factories.


def eu_part_at_factories(records: Records, figure: PublishedFigure) -> Measurement:
    """Return the part of the EU in what is signed for selected AI factories."""
    money = records.signed_at_factories
    measure = "EU part of the signed money of selected AI factories"
    part = divide(money.of(FinancierKind.EU_BUDGET), money.of(*FinancierKind), RATIO_PLACES)
    if part is None:
        return Measurement(measure, None, "share", why="nothing is signed for a selected AI factory")
    return bounded(measure, part, "share", SOME_AMOUNT if money.lacking else "", NO_BOUND)


def needs_of_wave(records: Records, figure: PublishedFigure) -> Measurement:
    """Return the needs of the AI factories that were first selected on the day of the figure."""
    measure = "needs of the AI factories selected on the day of this figure"
    wave = records.needs_by_day_selected.get(figure.as_of) if figure.as_of else None
    if wave is None:
        return Measurement(measure, None, "EUR", why="no AI factory was selected on that day")
    why = _without_need(wave)
    return bounded(
        f"needs of the {wave.factories} AI factories selected on its day", wave.need_eur, "EUR", why
    )


def _without_need(wave: Needs) -> str:
    return f"the need of {wave.without} of {wave.factories} is unknown" if wave.without else ""


def needs_of_factories(records: Records, figure: PublishedFigure) -> Measurement:
    """Return the needs of selected AI factories: a lower bound, for antennas are not recorded."""
    waves = records.needs_by_day_selected.values()
    total = sum((wave.need_eur for wave in waves), Decimal("0.00"))
    return bounded("needs of selected AI factories", total, "EUR", "AI factory antennas are not recorded")


# Envelopes.


def envelope_money(records: Records, figure: PublishedFigure) -> Measurement:
    """Return what is committed of a budget, or mobilised under a target."""
    row = records.envelopes.get(ENVELOPE_MONEY[figure.key])
    if row is None:
        measure = f"money in the envelope “{ENVELOPE_MONEY[figure.key]}”"
        return Measurement(measure, None, why="the records hold no such envelope")
    if row.kind == EnvelopeKind.BUDGET:
        why = lacking(row.incomplete, LOWER_BOUNDS)
        return bounded(
            f"approved and signed by projects recorded here in “{short_name(row)}”",
            row.committed_eur,
            "EUR",
            why,
        )
    why = lacking(row.incomplete)
    return bounded(
        f"mobilised by projects recorded here under “{short_name(row)}”", row.mobilised_eur, "EUR", why
    )


def envelope_amount(records: Records, key: str) -> list[Measurement]:
    """Return the amount of the envelope that a figure is about."""
    row = records.envelopes.get(ENVELOPE_MONEY[key])
    return [] if row is None else [bounded("amount of the envelope", row.amount_eur, "EUR")]


def short_name(row: EnvelopeUtilisation) -> str:
    """Return an envelope's name without what stands in brackets after it."""
    return row.envelope.name.split(" (")[0]


def envelope_multiplier(records: Records, figure: PublishedFigure) -> Measurement:
    """Return the multiplier of a target (rule 8)."""
    row = records.envelopes.get(ENVELOPE_MULTIPLIER[figure.key])
    measure = "needs mobilised over the signed money that counts"
    if row is None:
        return Measurement(measure, None, "times", why="the records hold no such target")
    if row.multiplier is None:
        return Measurement(measure, None, "times", why="no signed money counts for the target")
    return bounded(measure, row.multiplier, "times", lacking(row.incomplete), NO_BOUND)


MEASURES: dict[str, Measure] = {
    "gigafactory_limit": gigafactories_selected,
    "ai_factories_existing": factories_selected,
    "ai_factories_states": host_states,
    "chips_per_gigafactory": chips_of_gigafactories,
    "ai_factory_chips_largest": largest_existing,
    "ai_factory_eu_share": eu_part_at_factories,
    "ai_factories_wave_1_eur": needs_of_wave,
    "ai_factories_wave_2_eur": needs_of_wave,
    "ai_factories_wave_3_eur": needs_of_wave,
    "ai_factories_and_antennas_eur": needs_of_factories,
    "eu_capex_share_max": of_gigafactories(
        "eu_budget_share",
        "share",
        "largest signed EU share in the need of a selected AI gigafactory",
        largest,
    ),
    "state_capex_share_min": of_gigafactories(
        "participating_state_share",
        "share",
        "smallest signed state share in the need of a selected AI gigafactory",
        smallest,
    ),
    "private_capex_share_min": of_gigafactories(
        "private_share",
        "share",
        "smallest signed private share in the need of a selected AI gigafactory",
        smallest,
    ),
    "public_capex_share": public_share,
    "gigafactory_capex_high_eur": of_gigafactories(
        "need_eur", "EUR", "largest need of a selected AI gigafactory", largest
    ),
    "gigafactory_capex_low_eur": of_gigafactories(
        "need_eur", "EUR", "smallest need of a selected AI gigafactory", smallest
    ),
    "eu_direct_subsidy_eur": signed_for_gigafactories(EU_AT_GIGAFACTORIES, FinancierKind.EU_BUDGET),
    "gigafactory_call_eu_eur": signed_for_gigafactories(EU_AT_GIGAFACTORIES, FinancierKind.EU_BUDGET),
    "gigafactory_call_public_eur": signed_for_gigafactories(
        "signed EU, state and other public money of AI gigafactories that have not ended", *PUBLIC
    ),
    "gigafactory_call_private_eur": signed_for_gigafactories(
        "signed private money of AI gigafactories that have not ended", FinancierKind.PRIVATE
    ),
    "gigafactory_call_total_eur": signed_for_gigafactories(
        "signed money of AI gigafactories that have not ended", *FinancierKind
    ),
    **dict.fromkeys(ENVELOPE_MONEY, envelope_money),
    **dict.fromkeys(ENVELOPE_MULTIPLIER, envelope_multiplier),
    **dict.fromkeys(PROJECT_NEED, of_project(PROJECT_NEED, need)),
    **dict.fromkeys(PROJECT_SIGNED, of_project(PROJECT_SIGNED, signed)),
    **dict.fromkeys(PROJECT_EU_MONEY, of_project(PROJECT_EU_MONEY, eu_signed)),
    **dict.fromkeys(PROJECT_CHIPS, of_project(PROJECT_CHIPS, chips)),
    **dict.fromkeys(PROJECT_EQUIVALENTS, of_project(PROJECT_EQUIVALENTS, equivalents)),
    **dict.fromkeys(SYSTEM_CHIPS, system_chips),
    **dict.fromkeys(MODEL_SPEED, model_speed),
}
