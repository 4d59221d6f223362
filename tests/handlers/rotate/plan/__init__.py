"""/rotate UNI FET $5k."""
