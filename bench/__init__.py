"""Measures what the product promises: `make bench` prints target beside measured."""
