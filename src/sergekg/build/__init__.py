"""Runs the stages in their order, once for what changed, and publishes the release."""
