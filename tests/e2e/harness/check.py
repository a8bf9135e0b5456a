"""How a case says that something is wrong, with the evidence."""


class Failure(Exception):
    """What was expected and is not so. `evidence` is printed below it."""

    def __init__(self, what, evidence=""):
        super().__init__(what)
        self.evidence = evidence


class OutOfTime(Failure):
    """The case as a whole was stopped."""


class Skip(Exception):
    """The case cannot run here; the text says what to install."""


def check(holds, what, evidence=""):
    """`what` says how the world should be: "the workers were not touched"."""
    if not holds:
        raise Failure(f"not so: {what}", evidence() if callable(evidence) else evidence)


def check_equal(found, wanted, what):
    if found != wanted:
        raise Failure(f"{what}: found {found!r}, wanted {wanted!r}")


def check_contains(text, wanted, what):
    """`wanted`: one string or a list of them, all of which must be in `text`."""
    for one in [wanted] if isinstance(wanted, str) else wanted:
        if one not in text:
            raise Failure(f"{what}: does not say {one!r}", text)


def check_lacks(text, unwanted, what):
    if unwanted in text:
        at = text.index(unwanted)
        raise Failure(f"{what}: says {unwanted!r}", text[max(0, at - 300):at + 300])
