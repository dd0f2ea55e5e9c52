# Every report, as pandas, polars and openpyxl read it. Run by tests/dataframes.rs in a folder that has them.
import glob
import json

import openpyxl
import pandas as pd
import polars as pl

names = sorted(file.removesuffix(".parquet") for file in glob.glob("*.parquet"))
assert len(names) > 1, names
for name in names:
    with open(f"{name}.jsonl", encoding="utf-8") as lines:
        rows = sum(1 for line in lines)
    frames = [pd.read_parquet(f"{name}.parquet"), pd.read_feather(f"{name}.arrow")]
    for frame in frames + [pl.read_parquet(f"{name}.parquet"), pl.read_ipc(f"{name}.arrow")]:
        assert frame.shape[0] == rows and list(frame.columns) == list(frames[0].columns), name
    book = openpyxl.load_workbook(f"{name}.xlsx")
    assert len(book.sheetnames) == 2 and book.sheetnames[1] == "columns", (name, book.sheetnames)
    sheet = book.worksheets[0]
    assert sheet.max_row == rows + 1, (name, sheet.max_row, rows)
    assert sheet.max_column == len(frames[0].columns), name
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row), name
