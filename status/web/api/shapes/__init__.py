"""What the API takes and gives, as frozen pydantic models: unknown fields are refused, nothing is guessed."""
