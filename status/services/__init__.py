"""Verbs that change the database: take a Session first, never commit, never import Flask."""
