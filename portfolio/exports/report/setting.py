"""A report set as a PDF by typst, from its template and its content as JSON.

The content is data, never markup, and the template's folder is the only one that the compiler may read: what
people typed comes out as they typed it and reaches no file.
"""

import json
import logging
from pathlib import Path
from typing import Any, Literal

import typst

from portfolio.exports.report.blocks import Document

logger = logging.getLogger(__name__)

TEMPLATE = Path(__file__).parent / "typst" / "report.typ"
# PDF/UA-1 refuses a letter that no font has: then the machine's fonts are asked, and at last no standard.
STANDARD: Literal["ua-1"] = "ua-1"
WAYS = ((True, STANDARD), (False, STANDARD), (False, None))


class NotSet(RuntimeError):
    """A report that the compiler refused."""


def pdf(document: Document) -> tuple[bytes, int]:
    """Return the PDF, tagged for screen readers, and how many pages it has; raise NotSet."""
    refused = ""
    for alone, standard in WAYS:
        compiler = _compiler(document, ignore_system_fonts=alone)
        try:
            made: Any = compiler.compile(format="pdf", pdf_standards=standard)
        except typst.TypstError as error:
            refused = str(error)
            logger.info("A report was refused with the standard %s: %s", standard, refused)
            continue
        return made, int(json.loads(compiler.query("<pages>", field="value", one=True)))
    raise NotSet(refused)


def images(document: Document, ppi: float = 100) -> list[bytes]:
    """Return a picture of every page (PNG), to look at."""
    compiler = _compiler(document, ignore_system_fonts=True)
    pages: Any = compiler.compile(format="png", ppi=ppi)
    return pages if isinstance(pages, list) else [pages]


def _compiler(document: Document, *, ignore_system_fonts: bool) -> typst.Compiler:
    content = json.dumps(document.as_json(), ensure_ascii=False)
    return typst.Compiler(
        str(TEMPLATE),
        root=str(TEMPLATE.parent),
        ignore_system_fonts=ignore_system_fonts,
        sys_inputs={"content": content},
    )
