"""`make bench`: what the product costs, measured on this machine, in this run. Every module is one subject."""
