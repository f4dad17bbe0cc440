"""Motcua ("một cửa", one door): a platform with which an electricity company serves its customers online."""

__version__ = "0.1.0"
