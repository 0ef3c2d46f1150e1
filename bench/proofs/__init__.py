"""Programs that prove a promise in its full size; `make prove` runs them."""
