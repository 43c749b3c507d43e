"""D2: the menus between the root and the caller."""

from __future__ import annotations


class Path:
    """A stack of menu ids, root first. No menu stands in it twice, so it is never longer than the
    flow has menus: an option that leads to a menu already passed returns to it."""

    def __init__(self, root: str) -> None:
        self._menus = [root]

    @property
    def menu(self) -> str:
        """The menu the caller is at, or came from where a leaf or a queue came after it."""
        return self._menus[-1]

    @property
    def menus(self) -> tuple[str, ...]:
        """All of them, root first."""
        return tuple(self._menus)

    @property
    def at_root(self) -> bool:
        """Whether there is nothing to go back to."""
        return len(self._menus) == 1

    def enter(self, menu: str) -> None:
        """An option led to `menu`."""
        if menu in self._menus:
            del self._menus[self._menus.index(menu) + 1 :]
        else:
            self._menus.append(menu)

    def back(self) -> bool:
        """Go to the menu the caller came from; False at the root, which is never left."""
        if self.at_root:
            return False
        self._menus.pop()
        return True

    def home(self) -> None:
        """Go to the root."""
        del self._menus[1:]
