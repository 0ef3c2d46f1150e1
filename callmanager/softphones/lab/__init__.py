"""The laboratory: phones and peers on this machine alone, so that calls are real and reach nobody."""
