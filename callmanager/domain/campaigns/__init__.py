"""The rules that a campaign sets for its calls. Pure, as all of the domain."""
