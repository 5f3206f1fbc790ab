"""Changing: plain functions, one transaction each, the event of the trail inside."""
