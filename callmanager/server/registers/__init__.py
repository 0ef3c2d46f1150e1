"""Files of do-not-call registers: read into lines, compared with what their source brought before, loaded, taken back.

`loading.RegisterLoad` is the way in; `undoing` takes a file back, `reading` makes lines of rows, `staging` keeps the
lines of a file apart until they are compared, `marking` brings the marks of contacts in line. Knows no HTTP.
"""
