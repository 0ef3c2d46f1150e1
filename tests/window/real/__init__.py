"""The program itself in processes of its own, each on a screen of its own, used with keys and the mouse (xdotool)."""
