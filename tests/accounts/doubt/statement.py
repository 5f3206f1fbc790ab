"""The rules of evidence, freezing and letters once more, said from their prose and not from the code.

It takes a life's rows by their attributes and shares nothing else with ``accounts.doubt``: where both agree
on thousands of lives, a slip would have to be made twice. It is written to be read, not to be fast.
"""

from datetime import timedelta

DAY = timedelta(days=1)
HOUR = timedelta(hours=1)


def known_at(life):
    """For each value of a part (country, network, …): from when it is usual."""
    bad = {c.session for c in life.changes if c.state in ("undone", "objected")}
    sure = {c.session for c in life.changes if c.state == "kept"} - bad
    usual: dict = {}
    come = [s for s in sorted(life.sessions, key=lambda s: s.at) if s.id not in bad]
    for number, session in enumerate(come):
        own = is_her_browser(usual, session.trace, session.at)
        wait = 0 if number == 0 or session.id in sure else 3 if own else 30
        for part in ("country", "near", "wide", "browser", "device"):
            days = 30 if part == "country" and wait else wait
            value = (part, getattr(session.trace, part))
            if value[1]:
                usual[value] = min(session.at + days * DAY, usual.get(value, session.at + 99 * DAY))
    return usual


def is_usual(usual, part, trace, at):
    since = usual.get((part, getattr(trace, part)))
    return since is not None and since <= at


def anything(usual, part, at):
    return any(key[0] == part and since <= at for key, since in usual.items())


def is_new(usual, part, trace, at):
    return getattr(trace, part) != "" and anything(usual, part, at) and not is_usual(usual, part, trace, at)


def is_her_browser(usual, trace, at):
    if anything(usual, "device", at):
        return is_usual(usual, "device", trace, at)
    return is_usual(usual, "browser", trace, at) and is_usual(usual, "near", trace, at)


def strange(usual, life, trace, at):
    """What speaks against where it came from, with points; and what speaks for it."""
    against = {}
    if is_new(usual, "country", trace, at):
        against["place"] = 2
        for one in life.sessions:
            near = one.at - 2 * HOUR <= at <= one.seen_at + 2 * HOUR and one.at >= at - DAY
            if near and is_usual(usual, "country", one.trace, at):
                against["movement"] = 2
    elif is_new(usual, "near", trace, at) and is_new(usual, "wide", trace, at):
        against["place"] = 1
    hers = is_her_browser(usual, trace, at)
    if not hers and is_new(usual, "browser", trace, at):
        against["browser"] = 2
    elif not hers and anything(usual, "browser", at):
        against["browser"] = 1
    at_home = is_usual(usual, "near", trace, at) and not is_new(usual, "country", trace, at)
    return against, 2 * hers + at_home


def is_founding(life, at, session):
    first = min(life.sessions, key=lambda s: s.at, default=None)
    if at <= life.joined_at + HOUR:
        return True
    if first is None or first.at > life.joined_at + DAY:
        return False
    return session == first.id and at <= life.joined_at + DAY


def group(change):
    return change.kind if change.kind in ("email", "password") else "factor"


def verdict(life, asked_at, lost=frozenset(), disowned=frozenset(), proved=False):
    """``(items that count, whether it freezes, doubtful changes, addresses for letters)``."""
    usual = known_at(life)
    begins = {s.id: s for s in life.sessions}
    settled, open_ = set(), []
    last_word = asked_at
    for change in sorted(life.changes, key=lambda c: (c.at, c.id), reverse=True):
        told = change.told_at
        over = change.state == "applied" and told is not None and told + 30 * DAY <= last_word
        if change.state in ("kept", "undone") or over or is_founding(life, change.at, change.session):
            settled.add(change.id)
            continue
        against, credit = strange(usual, life, change.trace, change.at)
        session = begins.get(change.session)
        if session:
            more, less = strange(usual, life, session.trace, session.at)
            against = {kind: max(against.get(kind, 0), more.get(kind, 0)) for kind in {*against, *more}}
            credit = min(credit, less)
        elif group(change) != "password" and not is_her_browser(usual, change.trace, change.at):
            against["nobody"] = 1
        no = change.id in disowned or bool(lost & set(change.removed))
        open_.append({"change": change, "against": against, "credit": credit, "no": no,
                      "objected": change.state == "objected", "strange": bool(against)})  # fmt: skip
        if against or no or change.state == "objected":
            last_word = min(last_word, change.at)
    weigh(life, open_, proved)
    doubtful = {one["change"].id for one in draw_in(open_)}
    freezes = any(one["strong"] for one in open_)
    by = {one["change"].session for one in open_ if one["change"].id in doubtful}
    if freezes:
        by |= {s.id for s in life.sessions if is_strange_visit(usual, life, s, asked_at)}
    planted = {key for one in open_ if one["change"].id in doubtful for key in one["change"].bound}
    given_up = {k for c in life.changes if c.id in settled and c.state != "undone" for k in c.removed}
    moments = [i.removed_at for i in life.items if i.key in lost and i.removed_at]
    moments += [c.at for c in life.changes if c.id in disowned]
    since = min(moments, default=None)
    counts = set()
    for item in life.items:
        first = is_founding(life, item.bound_at, item.session)
        fine = item.key not in planted and (first or item.session is None or item.session not in by)
        fine = fine and (first or since is None or item.bound_at < since)
        fine = fine and (first or item.bound_at + 72 * HOUR <= asked_at)
        gone = item.removed_at is not None
        fine = fine and not (gone and (item.removed_at + 30 * DAY < asked_at or item.key in given_up))
        if fine and not item.rejected and item.checkable:
            counts.add(item.key)
    letters = {item.key for item in life.items if item.kind == "email" and item.key in counts}
    return counts, freezes, doubtful, letters


def weigh(life, open_, proved):
    """Four points of two kinds freeze; an objection or a proved claim does too."""
    odd = [one for one in open_ if one["strange"]]
    kinds = {group(one["change"]) for one in odd}
    factors = [one["change"] for one in odd if group(one["change"]) == "factor"]
    went = {key: change.at for change in factors for key in change.removed}
    swept = False
    if len(went) > 1 and max(went.values()) - min(went.values()) <= HOUR / 4:
        begin = min(went.values())
        factors_then = [i for i in life.items if i.kind != "email" and i.bound_at < begin]
        had = {i.key for i in factors_then if i.removed_at is None or i.removed_at >= begin}
        swept = had <= set(went)
    for one in open_:
        change, points = one["change"], sum(one["against"].values())
        signals = set(one["against"])
        deeds = change.new_domain + (len(kinds) > 1) + (swept and group(change) == "factor")
        deeds = deeds if one["strange"] else 0
        signals |= {"deed"} if deeds else set()
        one["found"] = points + deeds - one["credit"] >= 4 and len(signals) > 1
        one["strong"] = one["found"] or one["objected"] or (proved and one["no"])
        one["doubted"] = one["strange"] or one["objected"] or one["no"]


def draw_in(open_):
    """A strong or disowned change takes in what its session did, and strange ones from the same browser."""
    again = True
    while again:
        again = False
        for one in open_:
            if not (one["strong"] or one["objected"] or one["no"] or one.get("drawn")):
                continue
            for other in open_:
                if other is one or not is_linked(one, other):
                    continue
                if not other["doubted"] or one["strong"] > other["strong"] or one["found"] > other["found"]:
                    other["doubted"] = other["drawn"] = again = True
                    other["strong"] |= one["strong"]
                    other["found"] |= one["found"]
    return [one for one in open_ if one["doubted"]]


def is_linked(one, other):
    mine, its = one["change"], other["change"]
    if mine.session and mine.session == its.session:
        return True
    a, b = mine.trace, its.trace
    alike = (a.device and a.device == b.device) or (a.near and (a.near, a.browser) == (b.near, b.browser))
    return bool(one["strange"] and other["strange"] and alike)


def is_strange_visit(usual, life, session, asked_at):
    if session.at < asked_at - 30 * DAY or is_founding(life, session.at, session.id):
        return False
    against, credit = strange(usual, life, session.trace, session.at)
    return sum(against.values()) - credit >= 2
