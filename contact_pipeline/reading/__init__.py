"""Bytes to rows: encoding, dialect, headers, cells. Pure; judges no value and tells nobody a cell."""
