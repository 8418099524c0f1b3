"""Alerts reach people, figures the monitoring that they already run: what is watched, who is told what, and how."""
