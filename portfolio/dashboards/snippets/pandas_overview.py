"""The figures of the overview once more, from CSV files alone: what the pages show, to the cent."""

import json
import sys
from decimal import ROUND_HALF_UP, Decimal
from statistics import median

from pandas_read import get, read

ZERO = Decimal("0.00")
STAGES = (
    *("idea", "expression_of_interest", "proposal", "selected", "hosting_agreement", "financial_close"),
    *("procurement", "construction", "operational", "not_selected", "withdrawn"),
)
SELECTED = STAGES[3:9]
STATUSES = ("planned", "contracted", "installed", "operational")


def total(amounts):
    """Return the sum of the known amounts."""
    return sum((amount for amount in amounts if amount is not None), ZERO)


def over(part, whole, places):
    return (Decimal(part) / Decimal(whole)).quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


as_of = sys.argv[1] if len(sys.argv) > 1 else json.loads(get("portfolio-summary/manifest/"))["as_of"]
figures = {"as_of": as_of}

# Who is selected: the newest stage, on one day the later in the order (rule 0).
stages = read("project-stages", as_of=as_of)
stages["place"] = stages["stage"].map(STAGES.index)
newest = stages.sort_values(["reached_on", "place"]).drop_duplicates("project", keep="last")
selected = set(newest[newest["stage"].isin(SELECTED)]["project"])

# What it costs: the newest estimate in euro (rule 4). No estimate, or no rate for it: no need is known.
estimates = read("cost-estimates", as_of=as_of).sort_values("estimated_on")
estimates = estimates.drop_duplicates("project", keep="last").set_index("project")["amount_eur"]
needs = {project: need for project, need in estimates.items() if need is not None and project in selected}

# What is secured: signed money, guarantees left out (rule 3).
states = read("contribution-states", as_of=as_of)
money = states[(states["instrument"] != "guarantee") & states["project"].isin(selected)]
signed = money[money["state"] == "signed"]
secured = signed.groupby("project")["amount_eur"].agg(total).to_dict()
covering = sum((secured.get(project, ZERO) for project in needs), ZERO)
figures["need_selected_eur"] = need = sum(needs.values(), ZERO)
figures["secured_selected_eur"] = sum(secured.values(), ZERO)
figures["secured_with_need_eur"] = covering
figures["coverage_selected"] = over(covering, need, 6) if need else None
for project in sorted(needs):
    figures[f"gap_eur {project}"] = max(needs[project] - secured.get(project, ZERO), ZERO)

# What is open: the need less all money in sight; of signed money what was paid, where that is more.
sight = money[money["project"].isin(needs)]
firm = sight[sight["state"] == "signed"].groupby("financier_kind")
firm = [max(total(rows["amount_eur"]), total(rows["disbursed_eur"])) for _, rows in firm]
ahead = total(sight[sight["state"].isin(["announced", "under_appraisal", "approved"])]["amount_eur"])
figures["open_eur"] = max(need - sum(firm, ZERO) - ahead, ZERO)

# What is left of each budget: the amount less what is approved and signed, guarantees included (rule 7).
committed = states[states["state"].isin(["approved", "signed"])].groupby("envelope")["amount_eur"].agg(total)
budgets = read("envelopes", as_of=as_of, kind="budget")
for slug, amount in zip(budgets["slug"], budgets["amount_eur"], strict=True):
    figures[f"headroom_eur {slug}"] = amount - committed.get(slug, ZERO)

# Chips: each deployment by the furthest status that it has reached (rules 9 and 10).
deployments = read("chip-deployments", as_of=as_of)
for status in STATUSES:
    column = f"{status}_on"
    deployments.loc[deployments[column].map(lambda day: day is not None and day <= as_of), "status"] = status
gone = deployments["retired_on"].map(lambda day: day is not None and day <= as_of)
there = deployments[deployments["status"].notna() & ~gone & deployments["chips"].notna()]
kinds = read("projects").set_index("slug")["kind"]
chosen = there[there["project"].isin(selected)]
of_kind = chosen["project"].map(kinds)
figures["gigafactory_chips_total"] = int(chosen[of_kind == "ai_gigafactory"]["chips"].sum())
standing = chosen[(of_kind == "ai_factory") & chosen["status"].isin(["installed", "operational"])]
existing = [int(chips) for chips in standing.groupby("project")["chips"].sum() if chips]
figures["existing_chips_known_factories"] = len(existing)
if existing:
    figures["existing_chips_max"] = max(existing)
    figures["existing_chips_median"] = median(map(Decimal, existing)).quantize(ZERO)
    figures["existing_chips_mean"] = over(sum(existing), len(existing), 2)
    claims = read("published-figures").set_index("key")["value"]
    if claims.get("chips_per_gigafactory") is not None:
        figures["claimed_over_existing_max"] = over(claims["chips_per_gigafactory"], max(existing), 4)

for name, value in figures.items():
    print(f"{name}: {'unknown' if value is None else value}")
