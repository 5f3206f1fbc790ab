"""The demo's history, played through the real services."""
