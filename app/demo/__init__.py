"""The demonstration: a département that is alive on the day it is started, and on any later day."""
