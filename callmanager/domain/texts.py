"""N_ marks sentences that people will read, so that the catalogues can be extracted. The edge translates them."""


def N_(message: str) -> str:
    """Mark `message` (an English msgid with %(name)s placeholders) for translation and return it unchanged."""
    return message


def NN_(one: str, many: str) -> tuple[str, str]:
    """Mark a sentence for one and for many, whose translation depends on the number; return both unchanged."""
    return one, many
