"""Who may hold what of the server, for how long, with how much memory. One design (docs/decisions/0101):

- `shares`: the numbers, from the settings, and the counts that /metrics shows.
- `connections`: places for connections. Until somebody signs in on it, a connection is a stranger's.
- `bodies`: where a body waits while it comes and is worked on, bounded in memory and on disk.
- `streams`: how many lists are being sent at a time.
- `book`: all of these together, one for each server.

It knows nothing of HTTP or sockets: the edges tell it what happens, and do what it says.
"""
