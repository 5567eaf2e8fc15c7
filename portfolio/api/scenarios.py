"""The tables of a scenario as CSV over HTTP."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from portfolio.api.problems import answering, asked_results, problem, read_parameters
from portfolio.api.tables import csv_response
from portfolio.exports.scenario_tables import TABLE_BY_NAME, scenario_csv
from portfolio.queries.scenarios import scenario_of
from portfolio.queries.snapshot import reading
from portfolio.queries.what_if import what_if


@require_safe
@answering
def scenario_table(request: HttpRequest, slug: str, name: str) -> HttpResponseBase:
    """Return one table of a scenario whole: baseline, scenario and difference of each figure."""
    tables = {table.replace("_", "-"): found for table, found in TABLE_BY_NAME.items()}
    if name not in tables:
        accepted = ", ".join(sorted(tables))
        return problem(404, "Unknown table", f"“{name}” is not a table of a scenario. Accepted: {accepted}.")
    read_parameters(request, ("as_of", "format"))
    results = asked_results(request)
    with reading():
        scenario = scenario_of(slug)
        if scenario is None:
            return problem(
                404, "Unknown scenario", f"There is no scenario “{slug}”. It may have been deleted."
            )
        found = what_if(scenario, results)
    response = csv_response(scenario_csv(tables[name], found), f"{slug}-{name}.csv")
    response["As-Of"] = results.as_of.isoformat()
    response["Data-Version"] = str(found.data_version)
    return response
