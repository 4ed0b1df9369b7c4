"""One file per probe kind; each ends with `KIND = Kind(...)` and is found by discovery."""
