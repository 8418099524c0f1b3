"""One file for each service that answers for money: its wire format, the table that turns its words into ours, and at
its end what the program must know of it (vendor.py). The registry finds them."""
