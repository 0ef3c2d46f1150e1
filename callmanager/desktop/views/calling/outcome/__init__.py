"""The outcome of a call on the screen: its buttons, the form, the panel around it, and where that stands."""
