"""Kills pawl at one exact moment: see ../../faults/crash_point.cc."""


def at(test, kind, step=None, operation=None, when="recorded"):
    """Environment for pawl. `recorded`: killed once that record is durable, before anything else happens.
    `unrecorded`: killed before that record is written, after what it reports."""
    return {"LD_PRELOAD": test.options.crash_point, "CRASH_POINT_WHEN": when,
            "CRASH_POINT_RECORD": body(kind, step, operation)}


def body(kind, step=None, operation=None):
    """The part of a record's JSON that names it, as executor/record.cc writes it."""
    text = f'"kind":"{kind}"'
    if step is not None:
        text += f',"step":{step}'
    if operation is not None:
        text += f',"operation":{operation}'
    return text
