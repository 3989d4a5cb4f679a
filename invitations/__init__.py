"""The domain: people are invited, choose a slot, come or don't. The only package that speaks SQL."""
