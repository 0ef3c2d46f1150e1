"""The command line. Each file is one command or group of commands; main.py lists them."""
