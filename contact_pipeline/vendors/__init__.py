"""One file a company that is asked for money: its wire format, its words as ours, its keys, prices and limits."""
