"""No proxy: the load goes to the primary, for what the way through a proxy adds."""

from .proxy import Proxy


class Direct(Proxy):
    is_proxy = False

    def __init__(self):
        super().__init__("direct", "no proxy")

    def cannot(self, scenario):
        return None if scenario.compares_with_direct else "nothing to compare"
