"""Alerts reach people: what is watched by the minute, who is told what, and what they decide."""
