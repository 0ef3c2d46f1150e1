"""What stands around the content of the main window: menus, the line at the bottom, notices."""
