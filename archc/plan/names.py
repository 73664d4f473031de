"""Write names and texts of a spec as Python: always valid, and never a name the code needs."""

from __future__ import annotations

import keyword
import re
import unicodedata
from collections.abc import Container
from functools import lru_cache

__all__ = ["RESERVED", "camel", "identifier", "literal", "plain_text"]

_PUBLIC = """
    add_module append apply bfloat16 buffers call_super_init children compile cpu cuda double
    dump_patches eval extend extra_repr float forward get_buffer get_extra_state get_parameter
    get_submodule half insert ipu load_state_dict modules mtia named_buffers named_children
    named_modules named_parameters nn parameters pop register_backward_hook register_buffer
    register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook
    register_load_state_dict_pre_hook register_module register_parameter
    register_state_dict_post_hook register_state_dict_pre_hook requires_grad_ self
    set_extra_state set_submodule share_memory state_dict to to_empty torch train training type
    x xpu zero_grad
"""

_PRIVATE = """
    T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl
    _compiled_call_impl _forward_hooks _forward_hooks_always_called
    _forward_hooks_with_kwargs _forward_pre_hooks _forward_pre_hooks_with_kwargs
    _get_backward_hooks _get_backward_pre_hooks _get_item_by_idx _get_name
    _is_full_backward_hook _load_from_state_dict _load_state_dict_post_hooks
    _load_state_dict_pre_hooks _maybe_warn_non_full_backward_hook _modules _named_members
    _non_persistent_buffers_set _parameters _register_load_state_dict_pre_hook
    _register_state_dict_hook _replicate_for_data_parallel _save_to_state_dict _slow_forward
    _state_dict_hooks _state_dict_pre_hooks _version _wrapped_call_impl
"""
"""What torch itself keeps in a module: a spec's ``names`` may begin with an underscore."""

RESERVED = frozenset([*_PUBLIC.split(), *_PRIVATE.split()])
"""Members of ``nn.Module`` and ``nn.Sequential``, and the names that emitted code uses itself."""


_AMBIGUOUS = frozenset({"l"})
"""What readers (and ruff's E741) take for a digit; other such names are never lower case."""


def identifier(text: str, taken: Container[str] = ()) -> str:
    """Make a Python name of ``text`` that is not ``taken``: ``#3×3 reduce`` is ``n3x3_reduce``."""
    name = _plain_identifier(text)
    while name in taken:
        name += "_"
    return name


@lru_cache(4096)
def _plain_identifier(text: str) -> str:
    text = re.sub(r"#\s*", "n", text.replace("×", "x"))
    decomposed = unicodedata.normalize("NFKD", text)
    name = re.sub(r"\W+", "_", decomposed, flags=re.ASCII).strip("_").lower()
    if not name:
        name = "unnamed"
    if name[0].isdigit():
        name = f"n{name}"
    if keyword.iskeyword(name) or keyword.issoftkeyword(name) or name in _AMBIGUOUS:
        name += "_"
    return name


def camel(text: str) -> str:
    """Make a class name of ``text``: ``auxiliary classifier`` is ``AuxiliaryClassifier``."""
    text = unicodedata.normalize("NFKD", text.replace("×", "x"))
    words = re.findall(r"[A-Za-z0-9]+", text)
    name = "".join(word[:1].upper() + word[1:] for word in words) or "Unnamed"
    name = f"N{name}" if name[0].isdigit() else name
    return f"{name}_" if keyword.iskeyword(name) else name


def literal(value: object) -> str:
    """Write a number, flag, text or tuple as code."""
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, str):
        return '"' + plain_text(value).replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, tuple):
        inside = ", ".join(literal(each) for each in value)
        return f"({inside},)" if len(value) == 1 else f"({inside})"
    return repr(value)


def _float(value: float) -> str:
    if value in (float("inf"), float("-inf")):
        return f'float("{value}")'
    return repr(value)


def plain_text(text: str) -> str:
    """Put ``text`` on one line, without characters that control or reorder what is shown."""
    hidden = ("Cc", "Cf", "Cs", "Zl", "Zp")
    cleaned = (" " if unicodedata.category(char) in hidden else char for char in text)
    return " ".join("".join(cleaned).split())
