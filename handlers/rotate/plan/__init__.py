"""/rotate UNI FET $5k: money from one coin or sector into another, in stages, with a short that bridges it."""
