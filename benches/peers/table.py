"""A Markdown table that is printed once all rows are there and the widths known."""

import sys


class Table:
    def __init__(self, *head):
        """Columns by their headings; one that ends in `<` holds words and is set flush left."""
        self.is_words = [title.endswith("<") for title in head]
        self.rows = [[title.removesuffix("<") for title in head]]

    def row(self, *cells):
        """A row that was waited for: says that it is there."""
        self.add(*cells)
        print(f"  {cells[0]} done", file=sys.stderr, flush=True)

    def add(self, *cells):
        assert len(cells) == len(self.is_words), "one cell per heading"
        self.rows.append([str(cell) for cell in cells])

    def __str__(self):
        widths = [max(map(len, column)) for column in zip(*self.rows, strict=True)]
        layout = list(zip(widths, self.is_words, strict=True))
        rule = [("-" * width if words else "-" * (width - 1) + ":") for width, words in layout]
        lines = []
        for row in [self.rows[0], rule, *self.rows[1:]]:
            cells = zip(row, layout, strict=True)
            padded = (cell.ljust(width) if words else cell.rjust(width) for cell, (width, words) in cells)
            lines.append("| " + " | ".join(padded) + " |")
        return "\n".join(lines) + "\n"

    def show(self):
        print(self)
