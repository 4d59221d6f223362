"""One file for each schema, in order; once released they are never edited."""
