"""The stable code of each kind of mistake. docs/errors has a page for each."""

from __future__ import annotations

from enum import Enum

__all__ = ["Code"]


class Code(Enum):
    """E1 text and files, E2 structure, E3 names, E4 shapes; W a warning."""

    CANNOT_READ = ("E101", "a file that cannot be read")
    NOT_YAML = ("E102", "not valid YAML")
    DUPLICATE_KEY = ("E103", "a key is given twice")
    TOO_LARGE = ("E104", "a file that is too large")
    TOO_DEEP = ("E105", "values nested too deep")
    TOO_MANY_VALUES = ("E106", "too many values")
    NUMBER_TOO_LARGE = ("E107", "a number that is too large")
    REFUSED_YAML = ("E108", "YAML that a spec may not use")
    NO_SUCH_SPEC = ("E109", "a spec to extend that does not exist")
    OUTSIDE = ("E110", "a file outside the spec's folder")
    TOO_MANY_FILES = ("E111", "too long a chain of `extends`")

    UNKNOWN_KEY = ("E201", "unknown key")
    MISSING_KEY = ("E202", "missing key")
    WRONG_TYPE = ("E203", "a value of the wrong type")
    BAD_VALUE = ("E204", "a value that is not allowed here")
    UNUSED_COLUMN = ("E205", "a column that nothing uses")
    TOO_MANY_CELLS = ("E206", "a row with more cells than columns")
    BAD_SIZE = ("E207", "a size that cannot be read")
    BAD_FIGURE = ("E208", "a printed figure that cannot be read")
    BAD_TYPE = ("E209", "a type that cannot be read")
    BAD_SETTING = ("E210", "a setting that cannot be made")
    EXCLUSIVE = ("E211", "two keys that exclude each other")
    NO_ROWS = ("E212", "a network without rows")
    BAD_REPEAT = ("E213", "a repeat that does not fit")
    UNUSED_CLASSES = ("E214", "classes that no row has")
    NOT_A_NAME = ("E215", "a name that Python does not take")
    BAD_NAMES = ("E216", "names that do not fit the parts")
    BAD_STAGE = ("E217", "a stage that is no chain of rows")
    BAD_REMARK = ("E218", "a remark on a size that is not claimed")

    UNKNOWN_TYPE = ("E301", "unknown operation or module")
    UNKNOWN_NAME = ("E302", "unknown name in an expression")
    UNKNOWN_TENSOR = ("E303", "unknown tensor")
    UNKNOWN_ROW = ("E304", "unknown row")
    CYCLE = ("E305", "a definition that needs itself")
    DUPLICATE_NAME = ("E306", "a name is given twice")
    BAD_EXPRESSION = ("E307", "an expression that cannot be evaluated")
    UNREAD = ("E308", "an output that nothing reads")

    WRONG_CLAIM = ("E401", "a claimed shape is not the computed one")
    CHANNEL_MISMATCH = ("E402", "tensors of different channels are added")
    SPATIAL_MISMATCH = ("E403", "tensors of different sizes are joined")
    EMPTY_OUTPUT = ("E404", "an output without elements")
    WRONG_RANK = ("E405", "a vector where a feature map is needed, or the reverse")
    BAD_GROUPS = ("E406", "groups that do not divide the channels")
    BAD_PADDING = ("E407", "a padding that the window does not allow")
    WRONG_ARITY = ("E408", "more tensors than the row takes, or fewer")
    OUTPUT_TOO_LARGE = ("E409", "an output that is too large")
    TOO_MANY_OPERATIONS = ("E410", "too many operations")

    ERRATUM = ("W501", "a printed figure that is not the computed one")
    UNUSED_MODULE = ("W502", "a module that no row uses")
    UNUSED_DEFAULTS = ("W503", "defaults for what the network does not have")
    CHANNELS_FIRST = ("W504", "an input that looks like channels×height×width")

    def __init__(self, code: str, title: str) -> None:
        self.code = code
        self.title = title

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return "warning" if self.code.startswith("W") else "error"
