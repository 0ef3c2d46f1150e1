"""HTTP: one file per noun, each opening with its routes and their permissions. Knows no SQL and holds no rules."""
