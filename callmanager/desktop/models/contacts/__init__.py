"""What makes contacts or joins them, apart from the card of one."""
