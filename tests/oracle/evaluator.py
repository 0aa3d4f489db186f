"""The second evaluator: a policy file as plain data, an application and findings -> every status.

Written from the text of the semantics alone, in the most direct style, slow and obvious. It imports nothing
of the service and is never bent to agree with it: where the two differ, the text decides.
"""

from __future__ import annotations

from tests.oracle.leaves import (
    NEEDS_REVIEW,
    NOT_SATISFIED,
    ORDERED,
    SATISFIED,
    STATUSES,
    UNKNOWN,
    nth_best,
    opposite,
)
from tests.oracle.measures import Measures
from tests.oracle.points import STEP


def evaluate(dictionary, application, findings=()):
    """`statuses`: "section" and "section.condition" -> (machine, effective); `overall`; `award`: (status, sum)."""
    policy = dictionary.policy
    machine = Evaluation(dictionary, application, ()).sections()
    effective = Evaluation(dictionary, application, findings).sections() if findings else machine
    statuses = {name: (STATUSES[machine[name]], STATUSES[effective[name]]) for name in effective}
    refusing = [effective[name] for name in ("scope", *policy["criteria"])]
    correcting = [effective[name] for name in ("materials", "formalities") if name in policy]
    overall = "needs_review" if NEEDS_REVIEW in refusing + correcting else "eligible"
    if UNKNOWN in refusing + correcting or NOT_SATISFIED in correcting:
        overall = "incomplete"
    return {
        "statuses": statuses,
        "overall": "ineligible" if NOT_SATISFIED in refusing else overall,
        "award": Evaluation(dictionary, application, findings).award(),
    }


def sections_of(policy):
    fixed = {s: policy[s] for s in ("scope", "materials", "formalities", "preferences") if s in policy}
    return {**fixed, **policy["criteria"], **policy.get("tiers", {})}


def standing(c, name, about, inside="all", negate=False):
    """The condition with that id below c: what is around it, what a conditional there means, whether negated."""
    if c.get("id") == name:
        return c, about, inside, negate
    about = named(c, about, negate)
    below = [(x, "all" if key == "all" else "any", negate) for key in ("all", "any", "n_of") for x in c.get(key, ())]
    below += [(x, "any", not negate) for x in c.get("none", ())]
    below += [(x, "any", False) for x in scored_in(c.get("points", ()))]
    below += [(c["not"], inside, not negate)] if "not" in c else []
    below += [(x, "all", negate) for x in c.get("readings", {}).values()]
    below += [(c[key], "all", False) for key in ("when", "exempt_when") if key in c]
    below += [(c[key], "all", negate) for key in ("then", "else") if key in c]
    return next((found for x, *place in below if (found := standing(x, name, about, *place))), None)


def scored_in(items):
    """The conditions that give points, those of groups among them."""
    found = [x["when"] for x in items if "when" in x]
    return found + [c for x in items for key in ("best_of", "sum_of") for c in scored_in(x.get(key, ()))]


def named(c, about, negate):
    """The names of c and what is around it, nearest first, each with whether its opposite is asked for."""
    return ((f"{about[-1][0]}.{c['id']}", negate), *about) if "id" in c else about


class Evaluation(Measures):
    """One evaluation with one set of findings (none: the machine's)."""

    def __init__(self, dictionary, application, findings):
        super().__init__(dictionary, application)
        self.findings, self.recorded, self.elsewhere = findings, {}, 0

    def sections(self):
        policy = self.dictionary.policy
        for section, root in sections_of(policy).items():
            self.recorded[section] = self.status(root, {}, False, ((section, False),))
        return self.recorded

    def award(self):
        """Of each amount the status of its condition, and the fixed sum where it is not refused."""
        found = []
        for amount in self.dictionary.policy.get("award", {}).get("amounts", []):
            status = self.status(amount["when"], {}, False, ()) if "when" in amount else None
            told = None if status == NOT_SATISFIED else self.dictionary.literal(amount["amount"])
            found.append((None if status is None else STATUSES[status], told))
        return found

    def trusted(self, condition, rows):
        return self.status(condition, rows, False, ()) == SATISFIED

    def condition(self, condition, rows):
        return {SATISFIED: True, NOT_SATISFIED: False}.get(self.status(condition, rows, False, ()))

    def status(self, c, rows, negate, about, inside="all"):
        """The status of a condition or its negation. `about`: its name and its ancestors', nearest first."""
        about = named(c, about, negate)
        c = self.as_asked(c)
        status = self.kind(c, rows, negate, about, inside)
        missed = c.get("on_miss") or c.get("in_principle") or c.get("open_list")
        assert not negate or not (missed or "exempt_when" in c), "a modifier under a negation has no meaning"
        if missed and status == NOT_SATISFIED:
            status = self.settle(NEEDS_REVIEW, about, "exception" if c.get("in_principle") else "judgement")
        if "exempt_when" in c:
            status = max(status, self.status(c["exempt_when"], rows, False, about))
        if "id" in c and not rows and not self.elsewhere:
            self.recorded[about[0][0]] = status
        return status

    def settle(self, status, about, kind="judgement"):
        """What the findings make of a review that begins here: the nearest node's, of those the latest."""
        for name, opposed in about if status == NEEDS_REVIEW else ():
            found = [f for f in self.findings if f["about"] == name and f["kind"] == kind]
            if found:  # sorted keeps the order given among those of one day
                upheld = sorted(found, key=lambda f: f["on"])[-1]["result"] == "upheld"
                return NOT_SATISFIED if upheld == opposed else SATISFIED
        return status

    def agreed(self, statuses, about):
        """Readings of each other."""
        if UNKNOWN in statuses or len(set(statuses)) == 1:
            return UNKNOWN if UNKNOWN in statuses else statuses[0]
        return self.settle(NEEDS_REVIEW, about)

    def kind(self, c, rows, negate, about, inside):
        conjoin, disjoin = (max, min) if negate else (min, max)  # De Morgan
        if "fact" in c:
            return self.leaf(c, rows, negate, about)
        if "all" in c:
            return self.n_of(c["all"], None, "all", rows, negate, about)
        if "any" in c:
            return self.n_of(c["any"], 1, "any", rows, negate, about)
        if "none" in c:
            return self.n_of(c["none"], 1, "any", rows, not negate, about)
        if "n_of" in c:
            several = isinstance(c["at_least"], dict) and "parameter" not in c["at_least"]
            needed = c["at_least"].values() if several else [self.dictionary.whole(c["at_least"])]
            return self.agreed([self.n_of(c["n_of"], n, "any", rows, negate, about) for n in needed], about)
        if "points" in c:
            low, high = self.range_of_points(c)
            parts = [] if low is None else [self.points(c, low, rows, negate, about)]
            parts += [] if high is None else [self.points(c, high + STEP, rows, not negate, about)]
            return conjoin(parts)
        if "meets" in c:
            return self.met(c, negate)
        if "not" in c:
            return self.status(c["not"], rows, not negate, about)
        if "readings" in c:
            return self.agreed([self.status(x, rows, negate, about) for x in c["readings"].values()], about)
        if "judgement" in c:
            return self.settle(opposite(self.asked(c, rows)) if negate else self.asked(c, rows), about)
        if "when" in c:
            not_w, w = (self.status(c["when"], rows, turned, about) for turned in (True, False))
            t = self.status(c["then"], rows, negate, about)
            if "else" in c:  # all(w, t), or all(not w, e), or all(t, e)
                e = self.status(c["else"], rows, negate, about)
                one, other = (not_w, w) if negate else (w, not_w)
                return disjoin(conjoin(one, t), conjoin(other, e), conjoin(t, e))
            if inside == "all":  # not w, or t
                return disjoin(w if negate else not_w, t)
            return conjoin(not_w if negate else w, t)
        if "count" in c:
            low, high = self.wanted(c)
            parts = [] if low is None else [self.counted(c, low, rows, negate, about)]
            parts += [] if high is None else [self.counted(c, high + 1, rows, not negate, about)]
            return conjoin(parts)
        for kind, made in (("sum", self.total), ("share", self.share), ("highest", self.extreme)):
            if kind in c or (kind == "highest" and "lowest" in c):
                return made(c, rows, negate, about)
        return self.each(c, rows, negate, about)

    def n_of(self, children, n, inside, rows, negate, about):  # noqa: PLR0917 - as many as the fold depends on
        """The n-th best child; negated, at least m - n + 1 of the negated. n None: all."""
        statuses = []
        for child in children:
            status = self.status(child, rows, negate, about, inside)
            asking = "judgement" in self.as_asked(child)
            if child.get("gates", True) or (asking and self.rejected(child, rows, negate, about)):
                statuses.append(status)
        n = len(statuses) if n is None else n
        return nth_best(statuses, len(statuses) - n + 1 if negate else n)

    def met(self, asking, negate):
        """Another section or condition, in its own place, with the findings about it; or its points alone."""
        target = asking["meets"]
        if target == "criteria":
            each = [self.met({"meets": name}, negate) for name in self.dictionary.policy["criteria"]]
            return max(each) if negate else min(each)
        section, _, name = target.partition(".")
        c, about, inside, turned = sections_of(self.dictionary.policy)[section], ((section, False),), "all", False
        if name:
            c, about, inside, turned = standing(c, name, about)
        # What upholds the whole favours what stands in it; asked the other way round, the opposite.
        about = tuple((known, opposed != (turned != negate)) for known, opposed in about)
        self.elsewhere += 1
        bounds = {key: asking[key] for key in ORDERED if key in asking}
        if bounds:
            status = self.kind({"points": c["points"], **bounds}, {}, negate, named(c, about, negate), inside)
        else:
            status = self.status(c, {}, negate, about, inside)
        self.elsewhere -= 1
        return status

    def as_asked(self, c):
        """A condition on a deadline that is not known is a judgement on the fact."""
        open_ = self.dictionary.policy.get("deadline", {"at": ""})["at"] is None
        bounds = ("on_or_before", "on_or_after", "before", "after")
        if open_ and "fact" in c and "deadline" in [c.get(key) for key in bounds]:
            kept = {key: value for key, value in c.items() if key not in ("fact", *bounds)}
            return {**kept, "judgement": "", "evidence": c["fact"]}
        return c

    def asked(self, c, rows):
        """A judgement: a review where some evidence is given, unknown where blank, else not satisfied."""
        names = c.get("evidence", [])
        stated = [self.stated(name, rows) for name in ([names] if isinstance(names, str) else names)]
        each = [UNKNOWN if s is None else NEEDS_REVIEW if s else NOT_SATISFIED for s in stated]
        return max(each, default=NEEDS_REVIEW)

    def rejected(self, c, rows, negate, about):
        """Whether a finding goes against a judgement that waits for one."""
        asked = self.asked(self.as_asked(c), rows)
        return asked == NEEDS_REVIEW and self.settle(asked, named(c, about, negate)) == NOT_SATISFIED

    def each(self, c, rows, negate, about):
        """every: all rows, not where or that. some: any row, where and that."""
        every = "every" in c
        conjoin, disjoin = (max, min) if negate else (min, max)
        listed = self.rows(c["every" if every else "some"], rows)
        if listed is None:
            blank = STATUSES.index(c.get("on_blank", "unknown"))
            return self.settle(opposite(blank) if negate else blank, about)

        def held(row):
            status = self.status(c["that"], row, negate, about)
            if "where" in c:
                where = self.status(c["where"], row, every != negate, about)
                status = disjoin(where, status) if every else conjoin(where, status)
            return status

        status = self.merged(c, listed, rows, held, every == negate)
        if "on_empty" not in c:
            return status
        return self.or_empty(c, (*self.any_counts(c, listed, rows, about), status), negate, about)

    def wanted(self, c):
        """A count as low <= n <= high, either None."""
        n = {key: self.dictionary.whole(c[key]) for key in ORDERED if key in c and key != "between"}
        if "between" in c:
            return tuple(self.dictionary.whole(x) for x in c["between"])
        low = n["more_than"] + 1 if "more_than" in n else n.get("at_least", n.get("is"))
        return low, n["less_than"] - 1 if "less_than" in n else n.get("at_most", n.get("is"))

    def counted(self, c, n, rows, negate, about):
        """At least n rows hold; negated, at least m - n + 1 of the m rows do not."""
        listed = self.rows(c["count"], rows)
        if listed is None:
            return UNKNOWN if n > 0 else NOT_SATISFIED if negate else SATISFIED
        statuses = self.told_apart(c, listed, rows, negate, about)
        return nth_best(statuses, len(statuses) - n + 1 if negate else n)

    def told_apart(self, c, listed, rows, negate, about):
        """The statuses of rows being meant (negated: of not being meant), those that are one as one."""
        left_out = self.key(c["excluding"], rows) if "excluding" in c else None
        statuses, groups = [], {}
        for row in listed:
            status = (
                self.status(c["where"], row, negate, about)
                if "where" in c
                else opposite(SATISFIED)
                if negate
                else SATISFIED
            )
            key = self.key(c["distinct_by"], row) if "distinct_by" in c else None
            if "distinct_by" not in c:
                statuses.append(status)
            elif key is None:
                statuses.append(max(status, UNKNOWN) if negate else min(status, UNKNOWN))
            elif key != left_out:
                groups.setdefault(key, []).append(status)
        statuses = sorted(statuses + [(min if negate else max)(group) for group in groups.values()])  # the best row
        if "excluding" in c and left_out is None and statuses:  # it leaves out one row at most
            place = 0 if negate else -1
            statuses[place] = max(statuses[place], UNKNOWN) if negate else min(statuses[place], UNKNOWN)
        return statuses
