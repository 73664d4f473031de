"""Settle what the rows of a table leave open: types, pools, modules, padding, activations."""

from __future__ import annotations

from collections import Counter

from archc import ops
from archc.ops.pooling import AvgPool, MaxPool
from archc.sources.tables.draft import Draft
from archc.sources.tables.entry import Entry, choose_padding, fitting, is_window_pool
from archc.sources.tables.vocabulary import (
    ModuleCard,
    find_module,
    is_known,
    is_pool,
    meaning,
    module_for,
)
from archc.spec.problems import listed

__all__ = ["assume_padding", "settle", "settle_types"]

_MANY = 4


def settle(entries: list[Entry], draft: Draft) -> None:
    """Decide what the printed sizes and columns allow to decide, and note what is assumed."""
    _settle_pools(entries, draft.notes)
    _settle_modules(entries, draft)
    _settle_padding(entries, draft)
    _settle_activations(entries, draft)


def settle_types(entries: list[Entry], notes: list[str]) -> None:
    """Find each row's operation; note words that are no names here, as ``conv1``."""
    words: dict[str, dict[str, None]] = {}
    for entry in entries:
        word = entry.typed.type
        if not is_known(word) and not is_pool(word) and (found := meaning(word)) is not None:
            entry.extra["as"] = found
            words.setdefault(found, {})[word] = None
        entry.op = ops.find(entry.extra.get("as", word))
    for name, read in words.items():
        notes.append(_read_as(read, name))


def _read_as(words: dict[str, None], name: str) -> str:
    return f"{listed(words)} {'are' if len(words) > 1 else 'is'} read as {name}"


def _settle_pools(entries: list[Entry], notes: list[str]) -> None:
    """Read a bare ``pool`` as an average where it covers the whole map, else as a maximum."""
    words: dict[type[ops.Op], dict[str, None]] = {}
    for entry in entries:
        if is_pool(entry.typed.type):
            window = entry.window()
            whole = entry.after == (1, 1) or (window is not None and window[0] == entry.before)
            entry.op = AvgPool if whole else MaxPool
            entry.extra["as"] = entry.op.names[0]
            words.setdefault(entry.op, {})[entry.typed.type] = None
    for op, read in words.items():
        where = ", where it covers the whole map" if op is AvgPool else ""
        notes.append(_read_as(read, op.names[0]) + where)
    without = [entry for entry in entries if entry.pools_windows and not entry.has_patch]
    for entry in without:
        entry.extra["patch"] = "2×2/2"
    if without:
        notes.append("a pool without a patch is read as 2×2/2")
    _settle_pools_filters(entries, notes)


def _settle_pools_filters(entries: list[Entry], notes: list[str]) -> None:
    """Move the filters of pools, which give as many maps as they read, into comments."""
    printing = [
        entry
        for entry in entries
        if entry.op is not None
        and is_window_pool(entry.op)
        and entry.definitions() - _taken(entry.op) == {"filters"}
    ]
    for entry in printing:
        printed = f"filters: {entry.values.pop('filters')}"
        entry.comment = "; ".join(filter(None, (entry.comment, printed)))
    if printing:
        notes.append("the filters of pools are those that they read: kept as comments")


def _settle_modules(entries: list[Entry], draft: Draft) -> None:
    """Find the modules that rows are which fill more columns than an operation has."""
    cards: dict[str, Counter[ModuleCard]] = {}
    uses: list[tuple[Entry, ModuleCard]] = []
    said: dict[str, None] = {}
    for entry in entries:
        word, filled = entry.typed.type, entry.definitions()
        if entry.remark.casefold().startswith("as in "):
            figure = entry.remark[len("as in ") :]
            said[f"{figure} is the library's module of that figure, with its own widths"] = None
        elif entry.op is None or not filled <= _taken(entry.op):
            card = _only(module_for(word, filled))
            if card is not None:
                uses.append((entry, card))
                cards.setdefault(word, Counter())[card] += 1
                said[_module_note(word, filled, card)] = None
            elif entry.op is None and not is_known(word):
                said[f"`{word}` is no operation or module here: define it under `modules`"] = None
    most = {word: counts.most_common(1)[0][0] for word, counts in cards.items()}
    draft.modules = {word: card.name for word, card in most.items() if find_module(word) != card}
    for entry, card in uses:
        entry.op = None
        if most[entry.typed.type] != card:
            entry.extra["as"] = card.name
    draft.notes.extend(said)


def _module_note(word: str, filled: frozenset[str], card: ModuleCard) -> str:
    columns = filled - {"patch"}
    what = listed(sorted(columns)) if len(columns) < _MANY else "its columns"
    filled_with = f" with {what}" if columns else ""
    return f"`{word}`{filled_with} is read as the library's module `{card.name}` ({card.figure})"


def _taken(op: type[ops.Op]) -> frozenset[str]:
    """List the columns that an operation takes."""
    return frozenset(op.all_keys()) | {"patch"}


def _only(cards: list[ModuleCard]) -> ModuleCard | None:
    """Choose the module that takes most of the columns, if one alone does."""
    cards = sorted(cards, key=lambda card: -len(card.required))
    if len(cards) > 1 and len(cards[0].required) == len(cards[1].required):
        return None
    return cards[0] if cards else None


def _settle_padding(entries: list[Entry], draft: Draft) -> None:
    """Pad each operation as most of its rows need by default, the other rows for themselves."""
    by_op: dict[type[ops.Op], list[Entry]] = {}
    for entry in entries:
        if entry.op is not None and entry.sliding() is not None:
            by_op.setdefault(entry.op, []).append(entry)
    for op, members in by_op.items():
        _settle_padding_of(op, members, draft)


def _settle_padding_of(op: type[ops.Op], members: list[Entry], draft: Draft) -> None:
    windows = [row for entry in members if (row := entry.sliding()) is not None]
    name, chosen = op.names[0], choose_padding(windows)
    if chosen is None:
        assume_padding(op, draft)
        return
    best, others, count = chosen
    draft.defaults.setdefault(name, {}).update(best.short())
    also = f"; {' or '.join(map(str, others))} would do as well" if others else ""
    rows = "row" if count == 1 else "rows"
    draft.notes.append(f"{name}: {best} fits the printed sizes of {count} {rows}{also}")
    for entry, row in zip(members, windows, strict=True):
        fits = fitting(row)
        if not row.is_evidence or best in fits:
            continue
        where = f"line {entry.place.span.line}, {entry.place.text}"
        if fits:
            entry.extra |= fits[0].attributes(op)
            draft.notes.append(f"{where}: {fits[0]}, which its sizes need")
        else:
            draft.notes.append(f"{where}: no padding gives its printed sizes")


def assume_padding(op: type[ops.Op], draft: Draft) -> None:
    """Pad an operation about which the table's sizes say nothing."""
    name = op.names[0]
    if op.family.is_pool:
        draft.notes.append(f"{name}: no padding is assumed, as no sizes say it")
        return
    draft.defaults.setdefault(name, {})["padding"] = "same"
    draft.notes.append(f"{name}: padding same is assumed, as no sizes say it")


def _settle_activations(entries: list[Entry], draft: Draft) -> None:
    """Put a ReLU behind convolutions and hidden linear layers, unless the table has activations."""
    if any("activation" in entry.values for entry in entries):
        return
    if any(entry.is_activation for entry in entries):
        return
    draft.defaults.setdefault("convolution", {})["activation"] = "relu"
    linear = [entry for entry in entries if entry.is_linear]
    if len(linear) > 1:
        draft.defaults["linear"] = {"activation": "relu"}
        linear[-1].extra["activation"] = "none"
    hidden = " and hidden linear layers" if len(linear) > 1 else ""
    draft.notes.append(f"a ReLU follows convolutions{hidden}: the table has no activations")
