"""What those who watch are told, offered on the node's local socket."""

from __future__ import annotations

from ivr.serve.agents.desk_socket import DeskSocket
from ivr.serve.live.call_followers import CallFollowers
from ivr.serve.live.viewer import LiveViewer
from ivr.serve.live.watchers import Watchers


def offer_live(socket: DeskSocket, viewer: LiveViewer) -> Watchers:
    """Offer `watch`, `watch-call` and `leave-call`. Run the `keep` of what comes back as a task."""
    watchers, followers = Watchers(viewer.look), CallFollowers(viewer.figures.known)
    viewer.figures.followers.append(followers.take)
    socket.offer("watch", watchers.watch)
    socket.offer("watch-call", followers.watch)
    socket.offer("leave-call", followers.leave)
    return watchers
