"""Replays a scenario through the production detection on a simulated clock: `travaux simulate`."""
