"""View-models: how each screen behaves, in plain Python. No Tk: views show them, tests drive them without a display."""
