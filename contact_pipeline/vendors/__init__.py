"""One file for each service that answers for money: its wire format, and the table that turns its words into ours."""
