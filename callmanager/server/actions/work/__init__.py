"""Writes of the daily work with contacts: states of people, and what calls make of them."""
