"""The flow that the node serves, for commands that decide by it."""

from __future__ import annotations

from ivr.care.publishing.publication import in_force
from ivr.flow.loader import require
from ivr.flow.model import Flow
from ivr.records.store import Store
from ivr.serve.upkeep.published_folder import PublishedFolder
from ivr.settings import Settings


def flow_in_service(settings: Settings, store: Store) -> Flow:
    """What was published, where two people are needed for that; else the operator's folder as it is. Raises FlowRefused
    where neither can be loaded, StoreError."""
    if in_force(store, settings.publishing.four_eyes):
        published = PublishedFolder(settings.published, settings.flows).last()
        if published is not None:
            return published
    return require(settings.flows)
