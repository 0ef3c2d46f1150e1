"""How a call is begun, what is told of it to the server, and what a refusal asks. Used by `call.CallModel`."""
