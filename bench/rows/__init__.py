"""The rows of the table, one file each; `measure(run)` gives a row's figures."""
