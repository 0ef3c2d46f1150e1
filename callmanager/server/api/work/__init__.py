"""Routes of the daily work with contacts: who holds which of them just now."""
