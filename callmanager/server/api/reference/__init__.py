"""What callers read about the API, made from the routes: the OpenAPI document, its pages, the list of error codes."""
