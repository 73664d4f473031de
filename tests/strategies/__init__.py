"""Random specs: small networks that use all of the language, nearly all of them valid.

They fit by construction. In modules, branches and groups a row keeps height and width, or
divides them by its stride and rounds up, whatever they are: so branches meet at one size and
modules fit wherever they are used. Only the network's own rows, whose sizes are known, pad
freely. Channels are followed as functions of a module's columns and input.

`writer` draws, `body` holds the rows written so far. `rows`, `uses` and `chains` append to a
body; `definitions` makes a module of one, `spec` a whole spec, `damage` a wrong one.
"""

from tests.strategies.damage import damaged_specs
from tests.strategies.spec import specs

__all__ = ["damaged_specs", "specs"]
