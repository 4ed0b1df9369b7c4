"""config.toml: the model, how it is loaded, and how its faults are told."""
