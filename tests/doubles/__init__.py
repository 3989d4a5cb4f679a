"""Programs that stand in for providers, spoken to over real HTTP or SMTP on the loopback."""
