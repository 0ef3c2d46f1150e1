"""What drivers reach phones with: connections that are kept up, the frames on them, and things that happen later."""
