"""One module per page: the bundle is split by module, so a page brings only what it shows."""
