"""The attempts of each person at a funnel, found in one pass over their events: compiled, for ``funnel``.

An *attempt* begins with an event of step 1. All attempts that have come equally far go on alike, so of those only the
latest is kept, whose window lasts longest: there is one for each number of steps done, and a pass over a person's
events is linear.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from kizuna.measures.funnel_match import add_event, advance, count_filled, make_kinds, take_event

NONE = np.iinfo(np.int64).min
"""No time."""

ORDERED, STRICT, ANY_ORDER = 0, 1, 2

CLEAN, SPOILT = 0, 1
"""An attempt is spoilt by an excluded event. It goes on as it would have, to see how far it would have come."""


class Rules(NamedTuple):
    """Times in microseconds. An attempt begins in [since, until), in the period [bounds[i], bounds[i + 1]), and its
    last step is within ``window``. ``optional`` are steps as bits; with ``first`` an attempt only begins at the first
    event that has the bit above those of steps and exclusions.

    ``excluded[e]`` says between how many steps done, from and to, excluded event e must not be.
    """

    steps: int
    order: int
    window: int
    since: int
    until: int
    now: int
    optional: int
    first: bool
    excluded: Any
    bounds: Any

    def move(self, by: int) -> Rules:
        """The same for times that are ``by`` later."""
        since, until, now = self.since + by, self.until + by, self.now + by
        return self._replace(since=since, until=until, now=now, bounds=self.bounds + by)


class Attempts(NamedTuple):
    """The one that counts of each person and period that anybody began in. ``person`` is a place among the persons,
    ``done`` the steps done as bits, ``depth`` the last of them, from 1; ``reached[i, s]`` is when step s was done, or
    ``NONE``. ``open``: not done, and there is time left; ``removed``: an excluded event took the person out."""

    person: Any
    period: Any
    depth: Any
    done: Any
    open: Any
    removed: Any
    reached: Any


class Work(NamedTuple):
    """The attempts of one person, by clean or spoilt, and by how many steps are done."""

    starts: Any
    done: Any
    reached: Any
    kinds: Any


@njit(cache=True, nogil=True)
def scan(  # pragma: no cover  # compiled
    offsets: Any, times: Any, bits: Any, shift: int, base: int, low: int, high: int, rules: Any
) -> Any:
    """``Attempts`` of persons ``low`` to ``high``: rows ``offsets[p]`` to ``offsets[p + 1]`` are of person p, in order
    of time, which is ``times`` >> ``shift``, after ``base``; the rules' times are after it too. Steps, exclusions and
    the mark of the first are the lowest of their ``bits``; others mean nothing."""
    steps = rules.steps
    begins = 1 if rules.order != ANY_ORDER else (1 << steps) - 1
    room = _count_starts(offsets, times, bits, shift, low, high, rules, begins)
    person, period = np.empty(room, np.int64), np.empty(room, np.int32)
    depths, done = np.empty(room, np.int8), np.empty(room, np.int32)
    opened, removed = np.empty(room, np.bool_), np.empty(room, np.bool_)
    reached = np.empty((room, steps), np.int64)
    work = Work(
        np.empty((2, steps + 1), np.int64),
        np.empty((2, steps + 1), np.int64),
        np.empty((2, steps + 1, steps), np.int64),
        make_kinds(steps),
    )
    plain = rules.order == ORDERED and rules.optional == 0 and len(rules.excluded) == 0
    starts, passed = work.starts[CLEAN], work.reached[CLEAN]
    found = 0
    for one in range(low, high):
        row, last = offsets[one], offsets[one + 1]
        first_at = _find_first(times, bits, shift, row, last, rules) if rules.first else NONE
        part = 0
        while row < last:
            time = times[row] >> shift
            if time >= rules.until:
                break
            if time < rules.since or not bits[row] & begins or (rules.first and time != first_at):
                row += 1
                continue
            while time >= rules.bounds[part + 1]:
                part += 1
            opens, closes = max(rules.since, rules.bounds[part]), min(rules.until, rules.bounds[part + 1])
            if rules.first:
                opens, closes = time, time + 1
            # Rows of the same instant stand before it as well.
            while row > offsets[one] and (times[row - 1] >> shift) == time:
                row -= 1
            depth, is_open = -1, False
            if plain:
                depth, is_open = _follow_plain(
                    times, bits, shift, row, last, opens, closes, steps, rules.window, rules.now,
                    starts, passed, reached[found],
                )  # fmt: skip
            if depth >= 0:
                told = depth, (1 << depth) - 1, is_open, False
            elif rules.order == ANY_ORDER:
                told = _follow_any(times, bits, shift, row, last, opens, closes, rules, work, reached[found])
            else:
                told = _follow(times, bits, shift, row, last, opens, closes, rules, work, reached[found])
            person[found], period[found] = one, part
            depths[found], done[found], opened[found], removed[found] = told
            for step in range(steps):
                if reached[found, step] != NONE:
                    reached[found, step] += base
            found += 1
            if closes >= rules.until or rules.first:
                break
            while row < last and (times[row] >> shift) < closes:
                row += 1
    return Attempts(
        person[:found], period[:found], depths[:found], done[:found], opened[:found], removed[:found], reached[:found]
    )


@njit(cache=True, nogil=True)
def _count_starts(  # pragma: no cover
    offsets: Any, times: Any, bits: Any, shift: int, low: int, high: int, rules: Any, begins: int
) -> int:
    if len(rules.bounds) == 2:
        return high - low
    count = 0
    for row in range(offsets[low], offsets[high]):
        if bits[row] & begins and rules.since <= (times[row] >> shift) < rules.until:
            count += 1
    return count


@njit(cache=True, nogil=True)
def _find_first(times: Any, bits: Any, shift: int, row: int, last: int, rules: Any) -> int:  # pragma: no cover
    """When the person's first marked event was; ``NONE`` when no event of step 1 is among those of that instant."""
    mark = 1 << (rules.steps + len(rules.excluded))
    found = NONE
    while row < last:
        if found != NONE and (times[row] >> shift) != found:
            break
        if bits[row] & mark:
            found = times[row] >> shift
            if bits[row] & 1:
                return found
        row += 1
    return NONE


# --- one step after the other ------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def _follow_plain(  # pragma: no cover
    times: Any,
    bits: Any,
    shift: int,
    row: int,
    last: int,
    opens: int,
    closes: int,
    steps: int,
    window: int,
    now: int,
    starts: Any,
    passed: Any,
    best: Any,
) -> Any:
    """Depth and whether open, as ``_follow`` has them, where there is nothing but steps in order: the quick way. Depth
    -1 where several events are at one instant."""
    every = (1 << steps) - 1
    for depth in range(steps + 1):
        starts[depth] = NONE
    furthest = 0
    while row < last and furthest < steps:
        time, left = times[row] >> shift, np.int64(bits[row] & every)
        if time > closes - 1 + window:
            break
        row += 1
        if row < last and (times[row] >> shift) == time:
            return -1, False
        if left == 1 and furthest:  # most rows, mostly
            if time < closes:
                starts[1] = time
            continue
        while left:
            # From the last step on, so that the event fills no two of them.
            step = _last_of(left, 0) - 1
            left ^= 1 << step
            begun = starts[step] if step else time
            if begun < time - window or (step == 0 and not opens <= time < closes):
                continue
            starts[step], starts[step + 1] = NONE, begun
            for early in range(1, step):
                passed[step + 1, early] = passed[step, early]
            passed[step + 1, step] = time
            if step + 1 > furthest:
                furthest, best[0] = step + 1, begun
                for early in range(1, furthest):
                    best[early] = passed[furthest, early]
    for step in range(furthest, steps):
        best[step] = NONE
    is_open = False
    for depth in range(1, steps):
        is_open |= starts[depth] != NONE and starts[depth] + window > now
    return furthest, is_open and furthest < steps


@njit(cache=True, nogil=True)
def _follow(  # pragma: no cover
    times: Any, bits: Any, shift: int, row: int, last: int, opens: int, closes: int, rules: Any, work: Any, best: Any
) -> Any:
    """Depth, steps done, whether open, whether removed, of attempts that begin in [opens, closes) from ``row`` on;
    ``best`` gets when each step was done."""
    steps, window = rules.steps, rules.window
    for depth in range(steps + 1):
        work.starts[CLEAN, depth] = work.starts[SPOILT, depth] = NONE
    state = np.int64(0), np.int64(0), np.int64(0)  # depth and steps of the best attempt, depth of the best spoilt one
    while row < last and state[0] < steps:
        time, after = times[row] >> shift, row
        if time > closes - 1 + window:
            break
        while after < last and (times[after] >> shift) == time:
            after += 1
        state = _live(bits, row, after, time, opens <= time < closes, rules, work, best, state)
        row = after
    depth, done, spoilt = state
    for step in range(steps):
        if not (done >> step) & 1:
            best[step] = NONE
    opened = False
    if depth < steps:
        for at in range(1, steps):
            opened |= work.starts[CLEAN, at] != NONE and work.starts[CLEAN, at] + window > rules.now
    return depth, done, opened and spoilt <= depth, spoilt > depth


@njit(cache=True, nogil=True)
def _live(  # pragma: no cover
    bits: Any, row: int, after: int, time: int, begins: bool, rules: Any, work: Any, best: Any, state: Any
) -> Any:
    """What the events of one instant, rows ``row`` to ``after``, make of all attempts. Gives the new state."""
    steps, kinds = rules.steps, work.kinds
    furthest, best_done, spoilt = state
    every = (1 << steps) - 1
    union, size = 0, 0
    for one in range(row, after):
        union |= int(bits[one])
        if bits[one] & every:
            size = add_event(kinds, size, bits[one] & every)
    steps_now = union & every
    if furthest and time - best[0] <= rules.window:
        to = _last_of(advance(kinds, size, steps_now, furthest, rules.optional), furthest)
        if _is_hit(union, furthest, to, rules):
            spoilt, furthest, best_done = max(spoilt, furthest), 0, 0
    settled = furthest
    for depth in range(steps - 1, -1, -1):
        asked, added = False, 0
        for kind in (SPOILT, CLEAN):
            begun = work.starts[kind, depth] if depth else time
            if begun == NONE or time - begun > rules.window or (depth == 0 and (kind == SPOILT or not begins)):
                continue
            if not asked:
                asked, added = True, advance(kinds, size, steps_now, depth, rules.optional)
            to = _last_of(added, depth)
            hit = kind == CLEAN and depth > 0 and _is_hit(union, depth, to, rules)
            if to == depth and not hit:
                continue
            into = SPOILT if hit else kind
            done = (work.done[kind, depth] if depth else 0) | added
            work.starts[kind, depth] = NONE
            if into == SPOILT:
                spoilt = max(spoilt, to)
            elif to > furthest or (to > settled and to == furthest and _count(done) >= _count(best_done)):
                # Of those that come so far for the first time at this instant the one with the most steps done, then
                # the latest: depths descend here, and so attempts get later.
                furthest, best_done = to, done
                _copy(work.reached[kind, depth], added, time, depth, best)
            if begun >= work.starts[into, to]:
                work.starts[into, to], work.done[into, to] = begun, done
                _copy(work.reached[kind, depth], added, time, depth, work.reached[into, to])
    if rules.order == STRICT:
        for depth in range(1, steps + 1):
            if not (union >> (depth - 1)) & 1:
                work.starts[CLEAN, depth] = work.starts[SPOILT, depth] = NONE
    return np.int64(furthest), np.int64(best_done), np.int64(spoilt)


@njit(cache=True, nogil=True)
def _is_hit(union: int, depth: int, to: int, rules: Any) -> bool:  # pragma: no cover
    """Whether an excluded event of the instant is at the wrong place for an attempt that came from ``depth`` steps to
    ``to`` in that instant: strictly after the one step, and strictly before the other."""
    for number in range(len(rules.excluded)):
        there = (union >> (rules.steps + number)) & 1
        if there and rules.excluded[number, 0] <= depth and to < rules.excluded[number, 1]:
            return True
    return False


@njit(cache=True, nogil=True)
def _last_of(added: int, depth: int) -> int:  # pragma: no cover
    """How far an attempt is with more steps done."""
    last = depth
    while added >> last:
        last += 1
    return last


@njit(cache=True, nogil=True)
def _count(bits: int) -> int:  # pragma: no cover
    count = 0
    while bits:
        bits &= bits - 1
        count += 1
    return count


@njit(cache=True, nogil=True)
def _copy(known: Any, added: int, time: int, depth: int, into: Any) -> None:  # pragma: no cover
    """Times of an attempt's steps: those of its first ``depth`` and, at ``time``, those that were added."""
    for step in range(len(into)):
        if (added >> step) & 1:
            into[step] = time
        elif step < depth:
            into[step] = known[step]


# --- in any order ------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def _follow_any(  # pragma: no cover
    times: Any, bits: Any, shift: int, row: int, last: int, opens: int, closes: int, rules: Any, work: Any, best: Any
) -> Any:
    """The same for steps in any order. Where the most steps were done within a window for the first time; of the
    attempts that end there, the latest."""
    steps, window = rules.steps, rules.window
    every = (1 << steps) - 1
    often = work.done[0]  # events of each step within the window
    for step in range(steps):
        often[step] = 0
    size, held, level = 0, 0, 0
    found_left, found_right = row, row
    left = row
    latest = NONE
    while row < last:
        time, now_first, barred = times[row] >> shift, row, False
        while left < row and (time - (times[left] >> shift) > window or not bits[left] & every):
            held -= _leave(work.kinds, size, bits[left] & every, often)
            left += 1
        if left < row and (times[left] >> shift) >= closes:
            break
        if left == row and (time >= closes):
            break
        while row < last and (times[row] >> shift) == time:
            if bits[row] & every:
                size = add_event(work.kinds, size, bits[row] & every)
                held += 1
                for step in range(steps):
                    often[step] += (bits[row] >> step) & 1
                if time < closes:
                    latest = time
            barred |= (bits[row] >> steps) & ((1 << len(rules.excluded)) - 1) != 0
            row += 1
        if _possible(often, held, steps) > level:
            filled = count_filled(work.kinds, size)
            if filled > level:
                level, found_left, found_right = filled, left, row
        if level == steps:
            break
        if barred:  # nothing before an excluded event goes with what is after it
            while left < now_first:
                held -= _leave(work.kinds, size, bits[left] & every, often)
                left += 1
            if latest != time:
                latest = NONE
    _time_any(times, bits, shift, found_left, found_right, closes, level, every, work.kinds, best)
    opened = level < steps and latest != NONE and latest + window > rules.now
    return level, (1 << level) - 1, opened, False


@njit(cache=True, nogil=True)
def _leave(kinds: Any, size: int, bits: int, often: Any) -> int:  # pragma: no cover
    if not bits:
        return 0
    take_event(kinds, size, bits)
    for step in range(len(kinds.owner)):
        often[step] -= (bits >> step) & 1
    return 1


@njit(cache=True, nogil=True)
def _possible(often: Any, held: int, steps: int) -> int:  # pragma: no cover
    """At least as many steps as can be filled."""
    count = 0
    for step in range(steps):
        count += often[step] > 0
    return min(count, held)


@njit(cache=True, nogil=True)
def _time_any(  # pragma: no cover
    times: Any, bits: Any, shift: int, left: int, right: int, closes: int, level: int, every: int, kinds: Any, best: Any
) -> None:
    """When 1, 2 … steps were done, from the latest row on from which ``level`` are done before row ``right``."""
    for step in range(len(best)):
        best[step] = NONE
    begin, size = right, 0
    while begin > left:
        time = times[begin - 1] >> shift
        while begin > left and (times[begin - 1] >> shift) == time:
            begin -= 1
            if bits[begin] & every:
                size = add_event(kinds, size, bits[begin] & every)
        if time < closes and count_filled(kinds, size) == level:
            break
    size, done, row = 0, 0, begin
    while row < right and done < level:
        time = times[row] >> shift
        while row < right and (times[row] >> shift) == time:
            if bits[row] & every:
                size = add_event(kinds, size, bits[row] & every)
            row += 1
        filled = count_filled(kinds, size)
        while done < filled:
            best[done] = time
            done += 1
