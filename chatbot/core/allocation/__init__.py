"""From what is held to what is wanted: buckets, presets, drift, trades, caps, and the checklist of a position."""
