"""The indicators' definitions, and the registry of them all."""
