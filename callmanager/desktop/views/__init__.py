"""Screens, one a module: each shows a model and gives it what the user does. No rules, no network, no SQL."""
