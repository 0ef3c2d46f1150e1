"""How calls look: the bar with the phone, the outcome, the own day, and the dialogs around them."""
