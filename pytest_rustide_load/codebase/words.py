# ruff: noqa: SIM905 (lists of words are read as words)
"""Words that identifiers, comments and strings are made of.

Pure data.
"""

from __future__ import annotations

__all__ = [
    "ADJECTIVES",
    "COMMENTS",
    "ENDINGS",
    "FIELDS",
    "LOCALS",
    "NOUNS",
    "PHRASES",
    "SENTENCES",
    "SUFFIXES",
    "TRAIT_SUFFIXES",
    "VARIANTS",
    "VERBS",
]

NOUNS = tuple(
    """
account anchor arena batch block branch bucket buffer cache call cell chain chunk client clock cluster
code column config cursor delta digest edge entry epoch event extent field file filter flow frame gate
graph group handle header heap hint index item job journal kernel key label lane layer layout leaf lease
ledger lexer limit line link list lock log loop map mark mask match merge mesh method metric mode model
module name node note offset order output packet page pair parser patch path peer phase pipe pixel plan
point policy pool port probe proxy query queue range rank rate ratio reader record region relay report
request resource ring route row rule sample scan schema scope score seed segment session shape shard
signal site slice slot socket source span stack stage state step store stream string symbol table tag
target task tenant term thread ticket tick token trace track tree trie type unit value vector vertex view
visit volume walk watch wave weight window word worker zone
""".split()
)
VERBS = tuple(
    """
absorb accept adjust admit advance align allot append apply assign attach balance bind blend bound cast
check clamp clean collect combine commit compact compare compose compute convert copy count cover decode
defer derive detach drain emit encode evict expand extend fetch fill filter find flush fold format gather
guard hash insert inspect join keep lift limit link load locate lower make mark match measure merge mix
move narrow normalize notify observe open pack parse pick place plan poll prune pull query raise rank read
rebase record reduce refill refresh relax release remap render replay resolve retain rewrite roll rotate
route sample scale scan score seal search seek select settle shift shrink skip sort split spread stage
start store sum swap sweep sync take tally trace track trim tune unpack update validate verify visit walk
warm weigh widen wrap write
""".split()
)
ADJECTIVES = tuple(
    """
active all any base best bulk cached cold deep dirty done early eager empty exact extra fast final first
flat free fresh full global half hot idle inner joint last late lazy least live local long loose main
major minor mixed most near next old once open outer owned packed partial plain prior quick ranked raw
ready safe shared short sparse spare stale strict total upper warm weak whole wide
""".split()
)
FIELDS = tuple(
    """
amount bias budget capacity children count cost current cursor depth end epoch extent factor first flags
floor found gain hash head height id inner interval key kind last left length level limit mark mass max
min next node offset order owner parent pending phase pos prev priority rate ratio rest right root round
score seed seq shard size slot span start state step stride tail target tick ticks total units usage value
version weight width
""".split()
)
LOCALS = tuple(
    """
acc after amount area before best bound chosen cost cur cut diff done each edge end entry extra fixed
found fresh gap given grown guess half head high hint inner kept known last left level limit low mark mid
most near need next old part peak pick point pos prev rank rest right room sign size spare start step sum
tail taken tmp total unit used val wanted width
""".split()
)
VARIANTS = tuple(
    """
Aborted Accepted Active Added Blocked Bounded Buffered Cached Changed Closed Cold Complete Copied Deferred
Deleted Done Draining Empty Expired Failed Fixed Flushed Free Full Held Hot Idle Inline Invalid Joined
Kept Late Linked Loaded Local Locked Lost Merged Missing Moved Nested Open Owned Paused Pending Ready
Remote Renamed Retried Running Sealed Shared Skipped Spilled Stale Started Stopped Timeout Unknown Used
Waiting Warm
""".split()
)
SUFFIXES = tuple(
    """
Builder Config Context Entry Error Guard Handle Id Info Iter Kind List Map Mode Options Part Queue Ref Set
Spec State Stats Table Tree Visitor Writer
""".split()
)
TRAIT_SUFFIXES = tuple(
    "Access Codec Ext Handler Hook Lookup Policy Provider Sink Source Strategy Visit".split()
)

# What a doc comment says; {} is a noun.
SENTENCES = (
    "Returns the {} of this entry, or the default when there is none.",
    "Number of items that are waiting for the {}.",
    "Applies a change to the {} and keeps the order of the others.",
    "Looks at the {} without moving it.",
    "The upper bound of the {}; what lies beyond is cut off.",
    "Creates a new {} with the given seed.",
    "A {} as it was when the session began.",
    "Walks the {} from the first entry to the last.",
    "Called once for every {}, so it must stay cheap.",
    "Adds to the {} what has been gathered so far.",
    "Whether the {} is still in use.",
    "Größe und Reihenfolge bleiben gleich; see the {} for details.",
    "Splits the {} where its weight allows it, and says how often.",
    "Keeps the {} within its limits → the rest is dropped.",
    "Ties are broken in favour of the older {}.",
    "The {}, in units of the caller.",
    "Panics in debug builds when the {} is empty.",
    "Cheap to copy: holds no more than one {}.",
)
# How some of them go on.
ENDINGS = (
    ", unless the {} that follows says otherwise",
    "; the {} is not touched",
    ", which the {} relies on",
    " until the {} is closed",
    "; see the notes on the {} for the reason why",
    ", as long as no {} is pending",
    " and leaves the {} alone for the next call to find",
)
# What a comment in a body says.
COMMENTS = (
    "The {} has been checked by the caller.",
    "Nothing to do for an empty {}.",
    "Keep the {} in step with what was read.",
    "The order matters here: first the {}, then the rest.",
    "This is the slow path, taken once per {}.",
    "Überlauf ist hier gewollt.",
    "Fall back to the {} of the parent.",
    "Avoid a second pass over the {}.",
    "See the notes on the {} above.",
    "At most one {} is left at this point.",
    "A {} of zero means: no limit.",
)
# What a string literal says.
PHRASES = (
    "no such {}", "{} is full", "{}-id", "bad {}", "{} → {}", "größe der {}", "empty {}", "{}.lock", "{}/{}",
    "unexpected {}", "{} ok", "café {}", "{}: retry", "{}", "the {} has moved",
)  # fmt: skip
