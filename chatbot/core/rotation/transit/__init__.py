"""Moving money from coins into others in stages, with a short that bridges what is not yet sold."""
