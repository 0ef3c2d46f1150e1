"""The shapes on the wire, one file per noun. SpecTree checks requests with them and documents answers."""
