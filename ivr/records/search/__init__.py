"""Finding calls among millions: filters, cursor paging, never longer than a page may take."""
