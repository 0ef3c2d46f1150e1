"""Who holds which contact: grants, renewals, ends, and the guard that every write of a contact passes."""
