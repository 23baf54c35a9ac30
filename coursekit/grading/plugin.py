"""Adds --exercise to pytest."""
