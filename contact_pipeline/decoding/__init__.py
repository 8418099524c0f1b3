"""Whatever people drop, as one text: kinds of files, packing, workbooks, cards, encodings. Pure; reads no cell."""
