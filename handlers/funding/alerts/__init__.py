"""/funding alert and /funding alerts: rules made, listed, changed and explained, and what is told when they fire."""
