"""What every edge shares (HTTP, sockets, event stream): who calls, what a body may hold, how an error is told."""
