"""How the contact card looks: reading and editing, its dialogs and its history."""
