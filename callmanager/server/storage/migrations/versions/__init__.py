"""One file per revision, each naming the one it follows."""
