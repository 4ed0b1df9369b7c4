"""A demonstration provider: real servers on loopback, and the switches that break them."""
