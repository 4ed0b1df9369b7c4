"""One file per channel; found by discovery."""
