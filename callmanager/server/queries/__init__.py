"""Every read, one file per noun. A query never writes; what the actor may not see, it does not return."""
