"""A metric table as it was published: the frozen CSV byte for byte."""

from base64 import b64encode

from django.http import HttpResponse, HttpResponseBase

from portfolio.exports.lists import ListRows, ListTable
from portfolio.queries.publications import Frozen


def frozen_file(table: ListTable | ListRows, found: Frozen) -> HttpResponseBase:
    """Return a table as a publication froze it, byte for byte."""
    publication, text = found.publication, found.tables[table.file_name]
    checksum = b64encode(bytes.fromhex(text.sha256)).decode()
    return HttpResponse(
        text.csv.encode(),
        content_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{publication.slug}-{text.name}.csv"',
            "As-Of": publication.as_of.isoformat(),
            "Data-Version": str(publication.data_version),
            "Row-Count": str(len(text.rows)),
            "Repr-Digest": f"sha-256=:{checksum}:",
        },
    )
