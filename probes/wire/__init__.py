"""Bytes to values and back, one protocol a file. No policy, no sockets."""
