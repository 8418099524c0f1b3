"""Asking a paid service: reserve, call, settle, so that money is spent once."""
