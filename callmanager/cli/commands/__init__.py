"""One file for each command or group of commands; cli/main.py lists them."""
