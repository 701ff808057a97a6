"""Dates, times, numbers, sums, units and money as people say them and as print has them."""
