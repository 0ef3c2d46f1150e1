"""Lists of contacts as files: CSV, workbook and JSON to rows of text and back. Knows no database and no HTTP.

`reading.read_list` gives rows, `headers.guess_mapping` says which column is which field, `mapping.apply_mapping` makes
drafts of contacts of them; `writing` goes the other way.
"""
