"""What screens are made of: small parts that know Tk and the theme, and no contacts, server or store."""
