"""What many operations say alike, said once: `$ref` in place of copies keeps the description small.

Written out in full it has 3 MB, which a browser takes a quarter of a minute to show.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

Schema = dict[str, Any]
Said = tuple[str, str, Schema]  # the kind of component, the name it would like, and what it is
Replace = Callable[[Schema], None]


def share(description: Schema) -> Schema:
    """Return the description with each parameter and answer that occurs more than once as a component."""
    said = list(_said(description))
    times = Counter(_text(kind, what) for (kind, _, what), _ in said)
    components: dict[str, Schema] = description.setdefault("components", {})
    names: dict[str, str] = {}
    for (kind, wished, what), replace in said:
        text = _text(kind, what)
        if times[text] > 1:
            if text not in names:
                names[text] = _free(wished, components.setdefault(kind, {}))
                components[kind][names[text]] = what
            replace({"$ref": f"#/components/{kind}/{names[text]}"})
    return description


def _said(description: Schema) -> Iterator[tuple[Said, Replace]]:
    """Yield what may be shared, with a function that puts something else in its place."""
    for item in description["paths"].values():
        for operation in item.values():
            parameters = operation.get("parameters", [])
            for place, parameter in enumerate(parameters):
                wished = "_".join((parameter["in"], parameter["name"]))
                yield ("parameters", wished, parameter), _setter(parameters, place)
            responses = operation["responses"]
            for status, response in responses.items():
                yield ("responses", f"answer_{status}", response), _setter(responses, status)


def _setter(holder: Any, place: Any) -> Replace:
    def put(what: Schema) -> None:
        holder[place] = what

    return put


def _free(wished: str, taken: Schema) -> str:
    """Return the name, with a number where others have it."""
    name, number = wished, 1
    while name in taken:
        number += 1
        name = f"{wished}_{number}"
    return name


def _text(kind: str, what: Schema) -> str:
    return json.dumps([kind, what], sort_keys=True)
