"""InterPhone: a phone program without any interface but its window, reached from a process of its own (the bridge)."""
