"""CSV by RFC 4180, as spreadsheets write and read it.

No exported cell is a formula. A cell that begins with a character that a spreadsheet would act on gets a leading
apostrophe. So does what follows a semicolon, a tab or a line break within a cell: where the comma separates decimals,
spreadsheets begin a new cell there. Reading removes the apostrophes, so a round trip changes nothing. A file that can't
be read is rejected as a whole, with a message that says what to do.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain

from django.http import StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from accounts.limits import limited

MAX_MIB = 1
MAX_BYTES = MAX_MIB * 1024 * 1024
MAX_ROWS = 1_000
MAX_COLUMNS = 50
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r", "'")
QUOTE = "'"
_SIGNS = re.escape("".join(FORMULA_SIGNS))
_WITHIN = "(?<=[;\t\r\n])"
_FORMULA = f'(?="*[{_SIGNS}])'
_TO_QUOTE = re.compile(f"{_WITHIN}{_FORMULA}")
_TO_UNQUOTE = re.compile(f"^{QUOTE}|{_WITHIN}{QUOTE}{_FORMULA}")
BOM = "\ufeff"


class CsvError(ValueError):
    """Why a file was rejected, as a message for the person who sent it; `%(…)s` is filled from `values`."""

    sentence: str | Promise = ""

    def __init__(self, **values: int | str) -> None:
        self.values = values
        super().__init__(values)

    def __str__(self) -> str:
        return str(self.sentence % self.values)


class TooLarge(CsvError):
    sentence = limited(_("The file is too large. The limit is %(mib)s MiB (%(limit)s bytes)."), MAX_BYTES, mib=MAX_MIB)


class TooManyRows(CsvError):
    sentence = limited(
        _("The file has too many rows. The limit is %(limit)s rows; split it into several files."), MAX_ROWS
    )


class TooManyColumns(CsvError):
    sentence = _("Line %(line)s has too many columns. The limit is %(limit)s.")


class NotUtf8(CsvError):
    sentence = _("The file isn't UTF-8 text. Save it as “CSV UTF-8” in your spreadsheet and upload it again.")


class HasNul(CsvError):
    sentence = _("The file contains a NUL byte, so it isn't CSV text. Save it as “CSV UTF-8” and upload it again.")


class Malformed(CsvError):
    sentence = _("Line %(line)s can't be read: a quoted cell isn't closed, is too long, or is followed by text.")


class Uneven(CsvError):
    """Raised only for too many cells. Missing cells at the end of a line are empty, as spreadsheets leave them out."""

    sentence = ngettext_lazy(
        "Line %(line)s has %(found)s cells, but the first line has %(expected)s column.",
        "Line %(line)s has %(found)s cells, but the first line has %(expected)s columns.",
        "expected",
    )


class ColumnTwice(CsvError):
    sentence = _("The column “%(column)s” appears twice.")


class Unnamed(CsvError):
    sentence = _("Column %(number)s has no name. The first line must name every column.")


class Empty(CsvError):
    sentence = _("The file is empty. Its first line must name the columns.")


@dataclass(frozen=True)
class Row:
    """A row of data and the line of the file on which it begins."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    header: tuple[str, ...]
    rows: tuple[Row, ...]

    def records(self) -> Iterator[tuple[int, dict[str, str]]]:
        """Each row with its line, and its cells by the names of their columns."""
        for row in self.rows:
            yield row.line, dict(zip(self.header, row.cells, strict=True))


def quoted(cell: str) -> str:
    within = _TO_QUOTE.sub(QUOTE, cell)
    return QUOTE + within if cell.startswith(FORMULA_SIGNS) else within


def unquoted(cell: str) -> str:
    return _TO_UNQUOTE.sub("", cell)


def text_of(rows: Iterable[Sequence[str]]) -> str:
    """These rows as lines of a CSV file."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerows([quoted(cell) for cell in row] for row in rows)
    return out.getvalue()


def download(chunks: Iterable[str], name: str) -> StreamingHttpResponse:
    """A file that is sent while it is generated, so that it is never in memory as a whole.

    It begins with a byte order mark, by which spreadsheets recognize UTF-8.
    """
    return StreamingHttpResponse(
        (chunk.encode() for chunk in chain([BOM], chunks)),
        content_type="text/csv; charset=utf-8; header=present",
        headers={"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)},
    )


def read(data: bytes) -> Table:
    """The table in this file; raises CsvError. Lines without any text are skipped."""
    lines = _rows(_decoded(data))
    first = next(lines, None)
    if first is None:
        raise Empty
    header = _header(first)
    rows: list[Row] = []
    for row in lines:
        if len(rows) == MAX_ROWS:
            raise TooManyRows
        rows.append(Row(row.line, tuple(map(unquoted, _fitted(row, len(header))))))
    return Table(header, tuple(rows))


def _fitted(row: Row, width: int) -> tuple[str, ...]:
    """As many cells as there are columns: empty cells at the end of a line are dropped or added."""
    if any(row.cells[width:]):
        raise Uneven(line=row.line, found=len(row.cells), expected=width)
    return (row.cells + ("",) * width)[:width]


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise TooLarge
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise NotUtf8 from fault
    if "\0" in text:
        raise HasNul
    return text


def _rows(text: str) -> Iterator[Row]:
    reader = csv.reader(StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    while True:
        first = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as fault:
            raise Malformed(line=first) from fault
        if cells is None:
            return
        if len(cells) > MAX_COLUMNS:
            raise TooManyColumns(line=first, limit=MAX_COLUMNS)
        if any(cells):
            yield Row(first, tuple(cells))


def _delimiter(text: str) -> str:
    """Spreadsheets write `;` if the comma separates decimals. The names of our columns contain neither."""
    heading = text.lstrip("\r\n").partition("\n")[0]
    return ";" if heading.count(";") > heading.count(",") else ","


def _header(row: Row) -> tuple[str, ...]:
    names = tuple(name.strip() for name in row.cells)
    while names and not names[-1]:
        names = names[:-1]
    if "" in names:
        raise Unnamed(number=names.index("") + 1)
    for place, name in enumerate(names):
        if name in names[:place]:
            raise ColumnTwice(column=name)
    return names
