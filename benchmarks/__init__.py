"""What Sentry costs a generated service, and what Copier costs its owner: ratios from interleaved runs."""
