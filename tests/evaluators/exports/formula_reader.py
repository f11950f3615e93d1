"""What readers of formula languages share: tokens, and a place in them."""

import operator
import re


class Tokens:
    """A formula cut into tokens, (kind, text) each, read from the left.

    - kinds: name of each kind and its pattern; kind `space` is left out. What fits no pattern is no formula.
    """

    def __init__(self, text, kinds):
        pattern = re.compile("|".join(f"(?P<{kind}>{kind_pattern})" for kind, kind_pattern in kinds.items()), re.DOTALL)
        self.tokens, self.at, place = [], 0, 0
        while place < len(text):
            found = pattern.match(text, place)
            assert found, f"no token at {text[place : place + 20]!r}"
            if found.lastgroup != "space":
                self.tokens.append((found.lastgroup, found[0]))
            place = found.end()

    def peek(self):
        return self.tokens[self.at] if self.at < len(self.tokens) else ("end", "")

    def next(self):
        token = self.peek()
        self.at += 1
        return token

    def takes(self, *texts):
        """The next token if it is one of these words or signs, in any case."""
        kind, text = self.peek()
        if kind in ("word", "sign") and text.lower() in texts:
            self.at += 1
            return text.lower()
        return None

    def needs(self, text):
        assert self.takes(text), f"{text!r} is missing before {self.peek()}"

    def ends(self):
        assert self.peek()[0] == "end", f"{self.peek()} is left over"

    def arguments(self, read):
        """What stands between parentheses, read with `read` one by one."""
        self.needs("(")
        found = [read()]
        while self.takes(","):
            found.append(read())
        self.needs(")")
        return found


def binary(tokens, signs, below, combine):
    """One level of operators that are read from the left."""
    left = below()
    while sign := tokens.takes(*signs):
        left = combine(sign, left, below())
    return left


def reckon(sign, left, right):
    """Sum, difference, product or quotient of two values."""
    signs = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
    return lambda lead: signs[sign](left(lead), right(lead))
