"""CSV out and in: what leaves is no formula, what comes back is what left, and rubbish gets its sentence."""

import csv
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.lists import csvfile

CELLS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(1)",
    "'",
    "''x",
    "'=1",
    'a"b,c\nline',
    "a;b",
    "",
    " ",
    "ä€😀",
    "=",
    "plain",
]
WITHIN = {
    "\t=1": "'\t'=1",
    "\r=1": "'\r'=1",
    "x;=1+1;y": "x;'=1+1;y",
    "x;@SUM(1);'y": "x;'@SUM(1);''y",
    'x;"=1+1': "x;'\"=1+1",
    "first line\n-1\r\n+1": "first line\n'-1\r\n'+1",
    "x;;\t=1": "x;;'\t'=1",
    "a 'b'; 'c'\n- d": "a 'b'; 'c'\n'- d",
    "1; 2\n3": "1; 2\n3",
}
"""Text within a cell, and what is written."""
HEADER = ["username", "name"]


def file_of(*rows: list[str]) -> bytes:
    return csvfile.text_of([HEADER, *rows]).encode()


def cells_of(table: csvfile.Table) -> list[list[str]]:
    return [list(row.cells) for row in table.rows]


@pytest.mark.parametrize("cell", CELLS)
def test_a_cell_that_a_spreadsheet_would_run_gets_one_apostrophe(cell):
    [[found, after]] = list(csv.reader(StringIO(csvfile.text_of([[cell, "x"]]), newline="")))
    assert found == ("'" + cell if cell.startswith(("=", "+", "-", "@", "\t", "\r", "'")) else cell)
    assert after == "x"


@pytest.mark.parametrize(("cell", "written"), WITHIN.items())
def test_so_does_a_formula_that_begins_within_a_cell_where_a_semicolon_separates(cell, written):
    text = csvfile.text_of([["lena", cell, "x"]])
    assert list(csv.reader(StringIO(text, newline=""))) == [["lena", written, "x"]]
    opened = [found for line in text.splitlines() for row in csv.reader([line], delimiter=";") for found in row]
    assert not [found for found in opened if found.startswith(("=", "+", "-", "@"))]


@pytest.mark.parametrize("cell", [*CELLS, *WITHIN])
def test_the_round_trip_gives_the_same_values(cell):
    table = csvfile.read(file_of([cell, "x"], ["y", cell]))
    assert cells_of(table) == [[cell, "x"], ["y", cell]]


some = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
text = st.text(st.one_of(some, st.sampled_from("=+-@'\";\t\r\n")), max_size=30)


@given(st.lists(st.tuples(text, text).filter(any), max_size=5))
def test_any_text_survives_the_round_trip(rows):
    assert [row.cells for row in csvfile.read(file_of(*map(list, rows))).rows] == rows


def test_lines_end_as_rfc_4180_says():
    assert csvfile.text_of([["a", 'b"c'], ["d,e", "f"]]) == 'a,"b""c"\r\n"d,e",f\r\n'


@pytest.mark.parametrize("bom", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("sign", [",", ";"])
def test_what_spreadsheets_write_is_read(bom, end, sign):
    lines = [f"username{sign}name", f'lena{sign}"Lang{sign} Lena"', "", sign, f'paul{sign}"Pä""ul{end}Two"', ""]
    table = csvfile.read(bom + end.join(lines).encode())
    assert table.header == ("username", "name")
    assert cells_of(table) == [["lena", f"Lang{sign} Lena"], ["paul", f'Pä"ul{end}Two']]
    assert next(table.records()) == (2, {"username": "lena", "name": f"Lang{sign} Lena"})


@pytest.mark.parametrize(
    ("data", "error", "said"),
    [
        (b"", csvfile.Empty, "is empty"),
        (b"\r\n\r\n", csvfile.Empty, "is empty"),
        (b"\xef\xbb\xbf", csvfile.Empty, "is empty"),
        (b"," * csvfile.MAX_BYTES, csvfile.TooManyColumns, "Line 1 has too many columns"),
        (b"a" * (csvfile.MAX_BYTES + 1), csvfile.TooLarge, "The limit is 1 MiB"),
        (b"a" * csvfile.MAX_BYTES, csvfile.Malformed, "Line 1 can't be read"),
        (b",".join(b"c%d" % n for n in range(10_000)), csvfile.TooManyColumns, "The limit is 50."),
        (b"a,b\n" + b"1,2\n" * 1_001, csvfile.TooManyRows, "The limit is 1,000 rows"),
        (b"username\nle\0na\n", csvfile.HasNul, "NUL byte"),
        ("username\nm\xfcller\n".encode("latin-1"), csvfile.NotUtf8, "isn't UTF-8"),
        ("username\nlena\n".encode("utf-16"), csvfile.NotUtf8, "isn't UTF-8"),
        ("username\nlena\n".encode("utf-16-le"), csvfile.HasNul, "NUL byte"),
        (b'username,name\nlena,"Lena\n', csvfile.Malformed, "Line 2 can't be read"),
        (b'username,name\nlena,Lena\nnina,"Nina\n\nolaf,Olaf\n', csvfile.Malformed, "Line 3 can't be read"),
        (b'username,name\n"lena"x,Lena\n', csvfile.Malformed, "Line 2 can't be read"),
        (b"username,name\nlena,a,b\n", csvfile.Uneven, "Line 2 has 3 cells, but the first line has 2 columns."),
        (b"username\nlena,a\n", csvfile.Uneven, "Line 2 has 2 cells, but the first line has 1 column."),
        (b"username, username \n", csvfile.ColumnTwice, "“username” appears twice"),
        (b"username,,name\n", csvfile.Unnamed, "Column 2 has no name"),
    ],
)
def test_what_can_not_be_read_is_refused_with_a_sentence(data, error, said):
    with pytest.raises(error) as caught:
        csvfile.read(data)
    assert said in str(caught.value)


def test_a_row_has_the_number_of_the_line_on_which_it_begins():
    table = csvfile.read(b'\nusername,name\r\nlena,"Lena\r\nLang"\r\n\r\nnina,Nina\r\n')
    assert [row.line for row in table.rows] == [3, 6]


def test_a_thousand_rows_are_read():
    assert len(csvfile.read(b"a,b\n" + b"1,2\n" * 1_000).rows) == 1_000


def test_a_download_is_streamed_and_named():
    response = csvfile.download(iter(["a\r\n", "ä\r\n"]), "users.csv")
    assert response.streaming
    assert response["Content-Disposition"] == 'attachment; filename="users.csv"'
    assert b"".join(response.streaming_content) == "\ufeffa\r\nä\r\n".encode()


@pytest.mark.parametrize("sign", [",", ";"])
def test_f22_what_is_empty_at_the_end_is_passed_over_or_filled(sign):
    lines = ["username,name,role,,", "lena,Lena", "paul,Paul,Administrator,,,", ",,,,", "nina"]
    table = csvfile.read("\r\n".join(lines).replace(",", sign).encode())
    assert table.header == ("username", "name", "role")
    assert cells_of(table) == [["lena", "Lena", ""], ["paul", "Paul", "Administrator"], ["nina", "", ""]]


@pytest.mark.parametrize("data", ["a,,b\n1,2,3\n", ",a\n1,2\n"])
def test_f22_a_column_without_a_name_before_others_is_refused(data):
    with pytest.raises(csvfile.Unnamed):
        csvfile.read(data.encode())


def test_f21_a_download_begins_with_the_mark_of_utf_8_and_comes_back():
    data = csvfile.download(iter([csvfile.text_of([HEADER]), csvfile.text_of([["zoe", "Zoë"]])]), "x.csv").getvalue()
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\xef\xbb\xbf") == 1
    assert cells_of(csvfile.read(data)) == [["zoe", "Zoë"]]
