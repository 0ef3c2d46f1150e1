"""Reads .xlsx workbooks row by row. Ours and not a library's, because memory must not follow what a file claims."""
