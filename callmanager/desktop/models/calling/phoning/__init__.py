"""The parts of `phone.PhoneModel`: the driver in use, and the form of its settings."""
