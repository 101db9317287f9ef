"""What keeps the site for years: commands, backups, keys, erasing in time, findings, installing."""
