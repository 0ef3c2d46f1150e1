"""Where HTTP meets the program: who asks, may he, is it well formed, how errors are said. Routes stay free of it."""
