"""What headers, cells and file names say, in the languages of our users: words, dates, addresses, products. Pure."""
