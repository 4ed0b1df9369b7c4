"""Everything that looks at the world: probe kinds, their network tools, the agenda. Knows nothing of `status`."""
