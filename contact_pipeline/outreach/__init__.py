"""What comes back from messages, and the tools that send them: bounces, opt-outs, engagement, every touch."""
