# What pandas, polars and openpyxl must make of our files. Run by tests/dataframes.rs in a folder that has them.
import datetime as dt
import json

import openpyxl
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
from openpyxl.utils.escape import unescape

with open("e.jsonl", encoding="utf-8") as lines:
    want = [json.loads(line) for line in lines]
assert len(want) > 300
categories = ["source_type", "kind", "precision"]

# pyarrow: the types of the file itself, and what the columns say of themselves.
for table in [pq.read_table("e.parquet"), pyarrow.feather.read_table("e.arrow"), pyarrow.feather.read_table("e.feather")]:
    table.validate(full=True)
    schema = table.schema
    assert schema.field("date").type == pa.timestamp("us", "UTC"), schema
    for name in categories:
        assert schema.field(name).type == pa.dictionary(pa.int32(), pa.string()), schema
    assert schema.field("tags").type.value_type == pa.string(), schema
    assert schema.field("meta").type == pa.string(), schema
    assert schema.field("input_id").type == pa.int64(), schema
    assert schema.field("duration_ms").metadata[b"unit"] == b"ms"
    assert all(field.metadata[b"help"] for field in schema)
    assert all(field.nullable for field in schema)
    assert schema.metadata[b"workhours.table"] == b"events"
    rows = table.to_pylist()
    assert len(rows) == len(want)
    for got, event in zip(rows, want):
        for name, value in event.items():
            have = got[name]
            if name == "date" and value is not None:
                value = dt.datetime.fromisoformat(value)
            if name == "meta" and value is not None:
                have = json.loads(have)
            assert have == value, (name, have, value)
assert pq.ParquetFile("e.parquet").metadata.row_group(0).column(0).compression == "ZSTD"

# pandas.
for frame in [pd.read_parquet("e.parquet"), pd.read_feather("e.arrow")]:
    assert str(frame.date.dtype) == "datetime64[us, UTC]", frame.dtypes
    for name in categories:
        assert str(frame[name].dtype) == "category", frame.dtypes
    assert str(frame.input_id.dtype) == "int64", frame.dtypes
    assert str(frame.duration_ms.dtype) == "float64", frame.dtypes
    assert str(frame.title.dtype) in ("str", "object"), frame.dtypes
    assert list(frame["flags"][0]) == want[0]["flags"]
    assert [None if pd.isna(t) else t for t in frame.title] == [event["title"] for event in want]
for read, file in [(pd.read_parquet, "e.parquet"), (pd.read_feather, "e.arrow")]:
    typed = read(file, dtype_backend="pyarrow")
    assert typed.offset_min.dtype == pd.ArrowDtype(pa.int64()), typed.dtypes
    assert typed.date.dtype == pd.ArrowDtype(pa.timestamp("us", "UTC")), typed.dtypes
    assert pa.types.is_dictionary(typed.kind.dtype.pyarrow_dtype), typed.dtypes
    assert pa.types.is_list(typed.tags.dtype.pyarrow_dtype), typed.dtypes
    nullable = read(file, dtype_backend="numpy_nullable")
    assert str(nullable.offset_min.dtype) == "Int64", nullable.dtypes
    have = [None if pd.isna(n) else int(n) for n in nullable.offset_min]
    assert have == [event["offset_min"] for event in want]
gap = pd.read_parquet("gap.parquet")
assert list(gap.row_kind.cat.categories) == ["event", "gap"]
assert gap[gap.row_kind == "gap"].date.isna().all()

# polars.
for frame in [pl.read_parquet("e.parquet"), pl.read_ipc("e.arrow"), pl.read_ipc("e.feather"), pl.scan_parquet("e.parquet").collect()]:
    schema = frame.schema
    assert schema["date"] == pl.Datetime("us", "UTC"), schema
    for name in categories:
        assert isinstance(schema[name], (pl.Categorical, pl.Enum)), schema
    assert schema["tags"] == pl.List(pl.String) and schema["flags"] == pl.List(pl.String), schema
    assert schema["offset_min"] == pl.Int64 and schema["duration_ms"] == pl.Float64, schema
    assert frame["title"].to_list() == [event["title"] for event in want]
    assert frame["kind"].cast(pl.String).to_list() == [event["kind"] for event in want]

# No rows: the types all the same.
for frame in [pd.read_parquet("none.parquet"), pd.read_feather("none.arrow")]:
    assert len(frame) == 0 and str(frame.date.dtype) == "datetime64[us, UTC]", frame.dtypes
for frame in [pl.read_parquet("none.parquet"), pl.read_ipc("none.arrow")]:
    assert frame.height == 0 and frame.schema["date"] == pl.Datetime("us", "UTC"), frame.schema

# A workbook: dates are dates, text is text.
book = openpyxl.load_workbook("e.xlsx")
assert book.sheetnames == ["events", "columns"]
sheet = book["events"]
header = [cell.value for cell in sheet[1]]
assert header[0] == "date (UTC)" and header[1:] == list(want[0])[1:], header
assert sheet.freeze_panes == "A2" and sheet.auto_filter.ref.startswith("A1:"), sheet.auto_filter.ref
assert sheet.max_row == len(want) + 1
assert sheet.column_dimensions["C"].hidden
for row, event in zip(sheet.iter_rows(min_row=2), want):
    cells = dict(zip(event, row))
    if event["date"]:
        when = dt.datetime.fromisoformat(event["date"]).replace(tzinfo=None)
        assert cells["date"].is_date and abs(cells["date"].value - when) < dt.timedelta(milliseconds=1)
    assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
    for name in ["title", "url", "source_type", "input_id", "offset_min"]:
        # Control characters are written the format's own way, which openpyxl leaves to its caller.
        value = cells[name].value
        value = unescape(value) if isinstance(value, str) else value
        assert value == event[name], (name, value, event[name])
