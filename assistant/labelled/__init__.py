"""Texts with a known label: reading them, measuring a classifier on them, and drawing where it goes wrong."""
