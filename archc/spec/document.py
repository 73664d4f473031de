"""A spec file with what it extends and what ``--set`` overrides, as one document."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from archc import library
from archc.diagnostics import Code, Diagnostics, Label, Source, nearest
from archc.limits import DEFAULT, Limits
from archc.spec.files import Files
from archc.spec.located import Located, kind_of
from archc.spec.source import parse
from archc.spec.variants import check, choose, variant_names

__all__ = ["Document", "find_spec", "open_document"]

_MERGED = ("units", "preprocess", "defaults", "modules", "heads", "published", "names", "stages")
"""Sections that a variant adds to; it replaces all others."""
_HARMLESS = frozenset(
    {"network", "source", "notes", "units", "preprocess", "heads", "names", "stages"}
)
"""What ``--set`` may change without making another network than the paper's."""


class Document(NamedTuple):
    """The merged document; ``edits`` are the variants' changes to rows, the base's first."""

    root: Located
    edits: list[Located]
    file: Source
    name: str
    files: Files
    digest: str
    overridden: bool
    printed_classes: int | None
    variants: tuple[str, ...] = ()
    variant: str | None = None

    def title(self, network: str) -> str:
        """The network's name with its variant's."""
        return network if self.variant is None else f"{network} {self.variant}"


def find_spec(spec: str | Path) -> Path | None:
    """Find the file of a path or of a bundled spec's bare name."""
    path = Path(spec)
    if library.is_file(path):
        return path
    return library.spec_path(str(spec))


def open_document(
    path: Path,
    settings: Mapping[str, object] | Sequence[str],
    variant: str | None,
    diagnostics: Diagnostics,
    limits: Limits = DEFAULT,
) -> Document | None:
    """Read, merge, choose the variant and override. None after an error.

    Raises `archc.spec.variants.UnknownVariantError`.
    """
    files = Files(path.parent, limits)
    chain = _chain(path, files, diagnostics)
    if not chain:
        return None
    merged, edits = _merge([located for _, located in chain])
    check(merged, diagnostics)
    names, variant = variant_names(merged), choose(merged, variant)
    changes = merged.value["variants"].value if variant is not None else {}
    if isinstance(changes, dict) and variant is not None:
        merged, more = _merge([merged, changes[variant]])
        edits += more
    printed = _printed_classes(located for _, located in chain)
    digest = hashlib.sha256((variant or "").encode())
    for _, located in chain:
        digest.update(located.source.text.encode())
    overridden = False
    for key, value in _settings(settings, limits, diagnostics):
        path_ = [part.value for part in key]
        digest.update(f"{path_}={value.plain()}".encode(errors="replace"))
        overridden |= path_[0] not in _HARMLESS
        if len(key) == 3 and key[0].value == "rows":
            edits.append(_edit(key, value))
        else:
            _override(merged, key, value, diagnostics)
    if diagnostics:
        return None
    classes = merged.value.get("classes")
    overridden |= printed is not None and classes is not None and classes.value != printed
    return Document(
        merged,
        edits,
        chain[-1][1].source,
        path.name,
        files,
        digest.hexdigest(),
        overridden,
        printed,
        names,
        variant,
    )


def _printed_classes(chain: Iterable[Located]) -> int | None:
    """The classes of the table's own rows, whatever variants and settings make of them."""
    classes: Located | None = None
    printed: Located | None = None
    for located in chain:
        classes = located.value.get("classes", classes)
        rows = located.value.get("rows")
        if rows is not None and rows.items:
            printed = classes
    return printed.value if printed is not None and type(printed.value) is int else None


def _chain(path: Path, files: Files, diagnostics: Diagnostics) -> list[tuple[Path, Located]]:
    """Read the file and all it extends, the base first. Empty after an error."""
    found: list[tuple[Path, Located]] = []
    at: Path | None = path
    while at is not None:
        located = files.read(at, diagnostics)
        if located is None or not _is_mapping(located, diagnostics):
            return []
        found.insert(0, (at, located))
        base = located.value.get("extends")
        if base is None or base.value is None:
            return found
        at = _base(at, base, files, diagnostics)
        if at is not None and len(found) == files.limits.files:
            most = files.limits.files
            message = f"more than {most} spec{'s' * (most > 1)} extend one another"
            help_ = "put some together, or raise the limit: `--limit files=NUMBER`"
            diagnostics.add(Code.TOO_MANY_FILES, message, base.span, help=help_)
            return []
        if at is not None and any(at.resolve() == seen.resolve() for seen, _ in found):
            message = "the spec extends itself: " + " → ".join(
                f"`{each.name}`" for each in [*(seen for seen, _ in reversed(found)), at]
            )
            first = found[-1][1].value["extends"]
            labels = [Label(first.span, "starting here")] if first is not base else []
            diagnostics.add(Code.CYCLE, message, base.span, help="extend another", labels=labels)
            return []
    return []


def _is_mapping(located: Located, diagnostics: Diagnostics) -> bool:
    if isinstance(located.value, dict):
        return True
    help_ = "start with `network: ...`, `input: ...` and `rows:`"
    diagnostics.add(Code.WRONG_TYPE, "a spec is a mapping", located.span, help=help_)
    return False


def _base(path: Path, base: Located, files: Files, diagnostics: Diagnostics) -> Path | None:
    """The file that ``extends`` names: by its path from this one, or bundled."""
    name = base.value
    if isinstance(name, str):
        stem = name.removesuffix(".yaml")
        beside = path.parent / f"{stem}.yaml"
        if stem and library.is_file(beside):
            return beside if files.permitted(beside, base.span, diagnostics) else None
        if bundled := library.spec_path(stem):
            return bundled
    help_ = "name a spec beside this one, or a bundled one"
    if not isinstance(name, str):
        message = f"`extends` is {kind_of(name)}"
        diagnostics.add(Code.WRONG_TYPE, message, base.span, help=help_)
        return None
    beside_it = [each.stem for each in sorted(path.parent.glob("*.yaml"))[:1000]]
    help_ = nearest(name, [*beside_it, *library.spec_names()]) or help_
    diagnostics.add(Code.NO_SUCH_SPEC, f"there is no spec {base.shown}", base.span, help=help_)
    return None


def _merge(chain: list[Located]) -> tuple[Located, list[Located]]:
    """Lay the variants' sections over the base, and collect their edits of rows."""
    root = chain[0].with_value(dict(chain[0].value))
    root.keys = dict(chain[0].keys or {})
    edits: list[Located] = []
    for variant in chain[1:]:
        merged = root.with_value(dict(root.value))
        merged.keys = dict(root.keys or {})
        for key, item in variant.entries:
            if key == "rows" and isinstance(item.value, dict):
                edits.append(item)
                continue
            old = merged.value.get(key)
            if key in _MERGED and old is not None:
                item = _deep_merge(old, item)
            merged.value[key] = item
            merged.keys[key] = variant.key(key)
        root = merged
    return root, edits


def _deep_merge(old: Located, new: Located) -> Located:
    """Lay ``new`` over ``old``; ``~`` removes an entry."""
    if not isinstance(old.value, dict) or not isinstance(new.value, dict):
        return new
    merged = new.with_value(dict(old.value))
    merged.keys = dict(old.keys or {})
    for key, item in new.entries:
        if item.value is None:
            merged.value.pop(key, None)
            continue
        merged.value[key] = _deep_merge(merged.value[key], item) if key in merged.value else item
        merged.keys[key] = new.key(key)
    return merged


def _settings(
    settings: Mapping[str, object] | Sequence[str], limits: Limits, diagnostics: Diagnostics
) -> list[tuple[list[Located], Located]]:
    """Read ``key=value`` texts, or a mapping, as dotted keys and located values."""
    if isinstance(settings, Mapping):
        settings = [f"{key}={_as_yaml(value)}" for key, value in settings.items()]
    found = []
    for text in settings:
        key, equals, value = text.partition("=")
        key = " ".join(key.splitlines())  # so that places in the value are on its own lines
        text = key + equals + value
        source = Source("--set", text)
        steps = [
            Located(match[0].strip(), source, (0, match.start()), (0, match.end()))
            for match in re.finditer(r"[^.]*", key)
        ]
        steps = [step for step in steps if step.value]
        if not value.strip() or len(steps) != key.count(".") + 1:
            where = Located(None, source, (0, 0), (0, len(text))).span
            help_ = "write key=value, as classes=10"
            diagnostics.add(Code.BAD_SETTING, f"`{text}` sets nothing", where, help=help_)
            continue
        if len(steps) > limits.depth:
            message = f"nested deeper than {limits.depth} levels"
            help_ = "write key.key=value, as units.K=1000"
            diagnostics.add(Code.TOO_DEEP, message, steps[limits.depth].span, help=help_)
            continue
        located = parse(source, diagnostics, " " * (len(key) + 1) + value, limits)
        if located is not None:
            found.append((steps, located))
    return found


def _as_yaml(value: object) -> str:
    """Write a Python value as YAML: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False, default=str)


def _edit(key: list[Located], value: Located) -> Located:
    """Read ``rows.NAME.COLUMN=value`` as the edit that a variant would write."""
    _, row, column = key
    changed = row.with_value({column.value: value})
    changed.keys = {column.value: column}
    edit = row.with_value({row.value: changed})
    edit.keys = {row.value: row}
    return edit


def _override(root: Located, key: list[Located], value: Located, diagnostics: Diagnostics) -> None:
    """Put ``value`` at the dotted key, in a copy of what holds it."""
    if key[0].value == "extends":
        message, help_ = "`extends` cannot be set", "write a spec that extends another"
        diagnostics.add(Code.BAD_SETTING, message, key[0].span, help=help_)
        return
    here = root
    for step in key[:-1]:
        inner = here.value.get(step.value)
        if inner is None or inner.value is None:
            inner = step.with_value({})
        if not isinstance(inner.value, dict):
            message = f"nothing inside `{step.value}` can be set"
            help_ = f"set all of `{step.value}`"
            if isinstance(inner.value, list):
                help_ = "set a cell, as rows.NAME.COLUMN, or write a spec with `extends`"
            diagnostics.add(Code.BAD_SETTING, message, step.span, help=help_)
            return
        copy = inner.with_value(dict(inner.value))
        copy.keys = dict(inner.keys or {})
        _put(here, step, copy)
        here = copy
    _put(here, key[-1], value)


def _put(mapping: Located, key: Located, value: Located) -> None:
    """Set an entry; ``~`` removes one that is there."""
    if value.value is None and key.value in mapping.value:
        del mapping.value[key.value]
        return
    mapping.value[key.value] = value
    if mapping.keys is not None:
        mapping.keys[key.value] = key
