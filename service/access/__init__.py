"""Who asks: keys and their holders, roles, and the one table of what each role may do."""
