"""Lists of contacts, in: the wizard, the import that runs, and the earlier ones. No Tk."""
