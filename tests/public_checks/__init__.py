"""What proves that the public pages are usable by everyone: each state of each page, reached once and looked at."""
