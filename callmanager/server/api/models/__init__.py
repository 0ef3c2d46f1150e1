"""The shapes on the wire, one file per noun. Requests are checked with them, and the API document says them."""
