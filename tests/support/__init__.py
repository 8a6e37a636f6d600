"""What the tests are made of: rendering, environments, a receiver, a running service."""
