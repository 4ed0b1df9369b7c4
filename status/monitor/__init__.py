"""The monitor process: a prober and the decider, wired to the database."""
