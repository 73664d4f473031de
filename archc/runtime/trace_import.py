"""A user's module, imported by name: ``package.module:callable``, or a file and a class in it.

This runs the user's code: whatever it raises is reported in one line, and what it prints goes to
stderr.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from torch import nn

from archc.diagnostics import ArchcError, nearest, safe

__all__ = ["TargetError", "UserCodeError", "construct"]


class TargetError(ArchcError):
    """The name leads to no ``torch.nn.Module``."""


class UserCodeError(ArchcError):
    """The user's code raised, when it was imported or called."""


def construct(target: str, arguments: Mapping[str, Any]) -> nn.Module:
    """Import ``target`` and call it with ``arguments``; a module that is one already is returned.

    Weights are allocated only where the constructor computes with their numbers. Raises
    `TargetError` and `UserCodeError`.
    """
    with redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        named = _import(target)
        if isinstance(named, nn.Module) and not arguments:
            return named
        if isinstance(named, nn.Module) or not callable(named):
            raise TargetError(f"`{target}` is {_kind(named)}, not a class or a function")
        module = _call(target, named, arguments)
    if not isinstance(module, nn.Module):
        raise TargetError(f"`{target}` gives {_kind(module)}, not a torch.nn.Module")
    return module


def _call(target: str, factory: Any, arguments: Mapping[str, Any]) -> Any:
    """Call the factory on the ``meta`` device, and with real weights where that fails."""
    try:
        with torch.device("meta"):
            return factory(**arguments)
    except Exception:  # noqa: BLE001 - raised again below unless the lack of numbers is why
        with _reported(f"constructing `{target}`"):
            return factory(**arguments)


def _import(target: str) -> Any:
    """Import the class, function or module that ``target`` names."""
    where, name = (target, "") if target.endswith(".py") else target.rpartition(":")[::2]
    if not where or not (name or where.endswith(".py")):
        raise TargetError(
            f"`{target}` is neither package.module:callable nor file.py or file.py:Class"
        )
    module = _from_file(Path(where)) if where.endswith(".py") else _from_package(where)
    name = name or _first_name(module, where)
    try:
        return getattr(module, name)
    except AttributeError:
        hint = nearest(name, [member for member in vars(module) if not member.startswith("_")])
        raise TargetError(f"`{where}` has no `{name}`" + (f", {hint}" if hint else "")) from None


def _first_name(module: ModuleType, where: str) -> str:
    """Take the first name in a file's ``__all__``, where the target names none."""
    names = getattr(module, "__all__", ())
    if not names:
        raise TargetError(f"`{where}` has no `__all__`: name the class, as {where}:Net")
    return str(names[0])


def _from_file(path: Path) -> ModuleType:
    """Import a file as a module; it can import what lies beside it."""
    if not path.is_file():
        raise TargetError(f"there is no file `{path}`")
    name = f"archc_verified_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # classes look their module up while they are made
    with _importing_from(path.parent), _reported(f"importing `{path}`"):
        spec.loader.exec_module(module)
    return module


def _from_package(where: str) -> ModuleType:
    """Import an installed module, or one in the current folder."""
    try:
        with _importing_from(Path.cwd()), _reported(f"importing `{where}`"):
            return importlib.import_module(where)
    except UserCodeError as error:
        cause = error.__cause__
        absent = cause.name if isinstance(cause, ModuleNotFoundError) else None
        if absent and f"{where}.".startswith(f"{absent}."):
            raise TargetError(f"there is no module `{absent}`") from None
        raise


@contextmanager
def _importing_from(folder: Path) -> Iterator[None]:
    """Search ``folder`` first for imports, as for a script in it."""
    added = str(folder.resolve())
    sys.path.insert(0, added)
    try:
        yield
    finally:
        sys.path.remove(added)


@contextmanager
def _reported(doing: str) -> Iterator[None]:
    """Report whatever the user's code raises, or its wish to exit, in one line."""
    try:
        yield
    except (Exception, SystemExit) as error:
        line = next(iter(str(error).strip().splitlines()), "")
        what = f"{doing} failed: {type(error).__name__}: {line}".removesuffix(": ")
        raise UserCodeError(safe(what)) from error


def _kind(value: object) -> str:
    return f"of type {type(value).__name__}"
