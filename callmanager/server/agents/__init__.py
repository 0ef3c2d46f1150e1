"""What state each person is in, who may know it, and who sits at a desktop just now. Knows no HTTP and no sockets."""
