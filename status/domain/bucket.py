"""How fast something may be told: a bucket of tokens, filled at a steady rate."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Bucket:
    """`per_second` tokens come in, at most `size` are kept. Times are steady seconds."""

    per_second: float
    size: float
    tokens: float = -1.0
    at: float = 0.0

    def take(self, now: float) -> float:
        """Take a token and give 0; else give the seconds until there is one, and take none."""
        wait_s = self.wait(now)
        if wait_s == 0.0:
            self.tokens -= 1.0
        return wait_s

    def wait(self, now: float) -> float:
        """Give the seconds until there is a token, 0 when there is one."""
        if self.tokens < 0:
            self.tokens, self.at = self.size, now
        self.tokens = min(self.size, self.tokens + max(0.0, now - self.at) * self.per_second)
        self.at = now
        return 0.0 if self.tokens >= 1.0 else (1.0 - self.tokens) / self.per_second
