"""Words and rules shared by the server and the desktop. Standard library and phonenumbers only; no input or output."""
