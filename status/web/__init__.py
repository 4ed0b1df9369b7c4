"""What answers HTTP: bytes of the publication first, Flask for the rest."""
