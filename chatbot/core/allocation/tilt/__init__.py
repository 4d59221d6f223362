"""A change of weights by futures instead of by sales: what changes, the legs, the same by spot, and the plan."""
