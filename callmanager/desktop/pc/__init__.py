"""What the PC itself gives the window: folders, settings files, the keyring, one instance, the network around it."""
